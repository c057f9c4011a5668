/* authgate example: finds the example client and gives it what it needs. */
#include "cmd/example.h"

#include "clients/interrupt.h"
#include "clients/line.h"
#include "cmd/command.h"
#include "cmd/stored.h"
#include "lib/crypto/digest.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_MAX = 1024 };

static const struct {
	const char *name;
	enum err (*run)(struct example *, struct diag *);
} examples[] = {
	{"device", example_device},
	{"code", example_code},
	{"machine", example_machine},
};

enum flag { ISSUER = 1, CLIENT_ID, SCOPE, SECRET, AUTH, CA_FILE };

static const struct option options[] = {
	{"issuer", required_argument, NULL, ISSUER},
	{"client-id", required_argument, NULL, CLIENT_ID},
	{"scope", required_argument, NULL, SCOPE},
	{"client-secret-stdin", no_argument, NULL, SECRET},
	{"client-auth", required_argument, NULL, AUTH},
	{"ca-file", required_argument, NULL, CA_FILE},
	{NULL, 0, NULL, 0},
};

static bool
read_options(struct example *x, bool *ret_secret, int argc, char **argv)
{
	int option;

	x->issuer = str_of(getenv("AUTHGATE_ISSUER"));
	x->client.id = str_of(getenv("AUTHGATE_CLIENT_ID"));
	x->ca_file = str_of(getenv("AUTHGATE_CA_FILE"));
	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case ISSUER: x->issuer = str_of(optarg); break;
		case CLIENT_ID: x->client.id = str_of(optarg); break;
		case SCOPE: x->scope = str_of(optarg); break;
		case CA_FILE: x->ca_file = str_of(optarg); break;
		case SECRET: *ret_secret = true; break;
		case AUTH:
			if (client_identity_parse_auth(str_of(optarg), &x->client))
				return false;
			break;
		default: return false;
		}
	return optind == argc && x->issuer.n && x->client.id.n;
}

static enum err
run_example(struct example *x, enum err (*example)(struct example *, struct diag *), bool secret,
	struct diag *diag)
{
	enum err e;

	if ((e = crypto_init()) || (e = client_interrupt_open(&x->cancel_fd, diag)))
		return e;
	if (secret)
		e = client_line_read(&x->arena, SECRET_MAX, x->cancel_fd, &x->client.secret);
	if (!e)
		e = example(x, diag);
	client_interrupt_close(x->cancel_fd);
	return e;
}

int
cmd_example(int argc, char **argv)
{
	struct example x = {.scope = STR_NONE};
	struct diag diag = {{0}};
	bool secret = false;
	size_t i = 0;
	enum err e;

	while (argc > 1 && i < countof(examples) && strcmp(argv[1], examples[i].name) != 0)
		i++;
	if (argc < 2 || i == countof(examples) || !read_options(&x, &secret, argc - 1, argv + 1))
		return command_usage("example");
	e = run_example(&x, examples[i].run, secret, &diag);
	arena_free(&x.arena);
	return e ? stored_fail(e, &diag) : EXIT_SUCCESS;
}
