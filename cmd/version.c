/* Prints the version, and which libraries work here: what an advisory is compared with. */
#include "cmd/command.h"

#include "lib/base/json.h"
#include "lib/config/loader.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/key.h"
#include "lib/http/fetch.h"
#include "lib/store/store.h"
#include "server/engine/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4096 };

const char program_version[] = AUTHGATE_VERSION;

/* One that is loaded when it is needed, and missing here, is left out. */
static void
write_library(struct buf *out, const char *name, const char *version)
{
	if (version)
		json_member_str(out, name, str_of(version));
}

static void
write_json(struct buf *out)
{
	json_open(out, '{');
	json_member_str(out, "version", str_of(program_version));
	json_key(out, "libraries");
	json_open(out, '{');
	write_library(out, "h2o", http_library());
	write_library(out, "openssl", crypto_library());
	write_library(out, "libsodium", key_library());
	write_library(out, "sqlite", store_library(STR("sqlite")));
	write_library(out, "libpq", store_library(STR("postgres")));
	write_library(out, "libcurl", fetch_library());
	write_library(out, "jansson", json_library());
	write_library(out, "libyaml", yaml_library());
	json_close(out, '}');
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static int
print_json(void)
{
	struct arena arena = {0};
	struct buf out;

	buf_init(&out, &arena, TEXT_MAX);
	write_json(&out);
	(void)fwrite(out.p, 1, out.n, stdout);
	arena_free(&arena);
	return EXIT_SUCCESS;
}

int
cmd_version(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--json") == 0)
		return print_json();
	if (argc > 1)
		return command_usage("version");
	(void)printf("authgate %s\n", program_version);
	return EXIT_SUCCESS;
}
