/* authgate exec: runs a program with a token in its environment, and nowhere else. */
#include "cmd/command.h"
#include "cmd/stored.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_CANNOT_RUN = 126, EXIT_NOT_THERE = 127 };

#define DEFAULT_VARIABLE "AUTHGATE_ACCESS_TOKEN"

static bool
is_variable_name(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");

	return n > 0 && !name[n] && !(name[0] >= '0' && name[0] <= '9');
}

/* Does not come back if it works. */
static int
run_program(struct arena *arena, const char *variable, struct str token, char **argv)
{
	int status;

	if (setenv(variable, str_c(arena, token), 1)) {
		(void)fprintf(stderr, "authgate: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	(void)execvp(argv[0], argv);
	status = errno == ENOENT ? EXIT_NOT_THERE : EXIT_CANNOT_RUN;
	(void)fprintf(stderr, "authgate: %s: %s\n", argv[0], strerror(errno));
	return status;
}

int
cmd_exec(int argc, char **argv)
{
	static const char *const also[] = {"min-ttl", "as", "id-token"};
	struct stored_options o;
	struct stored_token token = {0};
	struct arena arena = {0};
	struct diag diag = {{0}};
	int rest, status;
	enum err e;

	if (!stored_options_read(&arena, &o, argc, argv, also, countof(also), &rest) ||
		rest >= argc || (o.as && !is_variable_name(o.as)))
		status = command_usage("exec");
	else if ((e = stored_usable(&arena, &o, &token, &diag)))
		status = stored_fail(e, &diag);
	else
		status = run_program(&arena, o.as ? o.as : DEFAULT_VARIABLE,
			o.id_token ? token.id_token : token.access_token, argv + rest);
	arena_free(&arena);
	return status;
}
