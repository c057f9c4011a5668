/* Options and search of token, whoami and logout. */
#include "cmd/stored.h"

#include "clients/exit_code.h"
#include "lib/base/duration.h"
#include "lib/crypto/digest.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum flag { ISSUER = 1, CLIENT_ID, ACCOUNT, MIN_TTL, JSON, SHOW, ALL };

static const struct option options[] = {
	{"issuer", required_argument, NULL, ISSUER},
	{"client-id", required_argument, NULL, CLIENT_ID},
	{"account", required_argument, NULL, ACCOUNT},
	{"min-ttl", required_argument, NULL, MIN_TTL},
	{"json", no_argument, NULL, JSON},
	{"show", no_argument, NULL, SHOW},
	{"all", no_argument, NULL, ALL},
	{NULL, 0, NULL, 0},
};

static bool
take_option(struct stored_options *o, int option)
{
	switch (option) {
	case ISSUER: o->filter.issuer = str_of(optarg); return true;
	case CLIENT_ID: o->filter.client_id = str_of(optarg); return true;
	case ACCOUNT: o->filter.account = str_of(optarg); return true;
	case MIN_TTL: return duration_parse_ms(str_of(optarg), &o->min_ttl_ms) == OK;
	case JSON: o->json = true; return true;
	case SHOW: o->show = true; return true;
	case ALL: o->all = true; return true;
	default: return false;
	}
}

bool
stored_options_read(struct stored_options *o, int argc, char **argv)
{
	int option;

	*o = (struct stored_options){
		.filter.issuer = str_of(getenv("AUTHGATE_ISSUER")),
		.filter.client_id = str_of(getenv("AUTHGATE_CLIENT_ID")),
	};
	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(o, option))
			return false;
	return optind == argc;
}

enum err
stored_find(struct arena *arena, const struct stored_options *o, struct tokenstore *ret_store,
	struct stored_token **ret, size_t *ret_count, struct diag *diag)
{
	enum err e;

	if ((e = crypto_init()) || (e = client_tokenstore_open(arena, false, ret_store, diag)))
		return e;
	e = client_tokenstore_find(arena, ret_store, &o->filter, ret, ret_count, diag);
	if (e)
		client_tokenstore_close(ret_store);
	return e;
}

int
stored_fail(enum err e, const struct diag *diag)
{
	(void)fprintf(stderr, "authgate: %s\n", diag->text[0] ? diag->text : err_sentence(e));
	return client_exit_code(e);
}
