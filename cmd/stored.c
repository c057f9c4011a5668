/* Options and search of the commands that use stored sign-ins. */
#include "cmd/stored.h"

#include "clients/exit_code.h"
#include "clients/interrupt.h"
#include "clients/login_screen.h"
#include "clients/profile.h"
#include "clients/refresh.h"
#include "lib/base/clock.h"
#include "lib/base/duration.h"
#include "lib/crypto/digest.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum flag {
	PROFILE = 1,
	ISSUER,
	CLIENT_ID,
	ACCOUNT,
	CA_FILE,
	MIN_TTL,
	JSON,
	SHOW,
	ALL,
	ID_TOKEN,
	LOCAL_ONLY,
	AS,
	HOST,
};

static const struct option options[] = {
	{"profile", required_argument, NULL, PROFILE},
	{"issuer", required_argument, NULL, ISSUER},
	{"client-id", required_argument, NULL, CLIENT_ID},
	{"account", required_argument, NULL, ACCOUNT},
	{"ca-file", required_argument, NULL, CA_FILE},
	{"min-ttl", required_argument, NULL, MIN_TTL},
	{"json", no_argument, NULL, JSON},
	{"show", no_argument, NULL, SHOW},
	{"all", no_argument, NULL, ALL},
	{"id-token", no_argument, NULL, ID_TOKEN},
	{"local-only", no_argument, NULL, LOCAL_ONLY},
	{"as", required_argument, NULL, AS},
	{"host", required_argument, NULL, HOST},
	{NULL, 0, NULL, 0},
};

bool
stored_ca_path(struct arena *arena, const char *file, struct str *ret)
{
	char path[PATH_MAX];

	*ret = STR_NONE;
	if (!file || !*file)
		return true;
	if (!realpath(file, path) || access(path, R_OK)) {
		(void)fprintf(stderr, "authgate: %s: %s\n", file, strerror(errno));
		return false;
	}
	*ret = str_copy(arena, str_of(path));
	return true;
}

/* The first ones are everybody's. */
static bool
is_taken(int option, const char *const also[], size_t also_count)
{
	if (option <= CA_FILE)
		return true;
	for (size_t i = 0; i < also_count; i++)
		if (strcmp(also[i], options[option - 1].name) == 0)
			return true;
	return false;
}

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
	case ID_TOKEN: o->id_token = true; return true;
	case LOCAL_ONLY: o->local_only = true; return true;
	case AS: o->as = optarg; return true;
	case HOST: o->host = optarg; return true;
	default: return false;
	}
}

/* What neither an option nor the environment said. */
static bool
fill_from_profile(struct arena *arena, struct stored_options *o, const char *name)
{
	struct token_filter *filter = &o->filter;
	struct profile profile;
	struct diag diag = {{0}};

	if (client_profile_load(arena, name, &profile, &diag)) {
		(void)fprintf(stderr, "authgate: %s\n", diag.text);
		return false;
	}
	/* A profile is a pair: half of it beside another server would make no sense. */
	if (str_empty(filter->issuer) && str_empty(filter->client_id)) {
		filter->issuer = profile.issuer;
		filter->client_id = profile.client_id;
		if (str_empty(o->ca_file))
			o->ca_file = profile.ca_file;
	}
	return true;
}

bool
stored_options_read(struct arena *arena, struct stored_options *o, int argc, char **argv,
	const char *const also[], size_t also_count, int *ret_rest)
{
	const char *profile = NULL, *ca_file = getenv("AUTHGATE_CA_FILE");
	int option;

	*o = (struct stored_options){
		.filter.issuer = str_of(getenv("AUTHGATE_ISSUER")),
		.filter.client_id = str_of(getenv("AUTHGATE_CLIENT_ID")),
	};
	optind = 1;
	/* '+': what follows the options is another program's business. */
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (option == PROFILE)
			profile = optarg;
		else if (option == CA_FILE)
			ca_file = optarg;
		else if (option < ISSUER || option > HOST || !is_taken(option, also, also_count) ||
			 !take_option(o, option))
			return false;
	}
	*ret_rest = optind;
	return stored_ca_path(arena, ca_file, &o->ca_file) && fill_from_profile(arena, o, profile);
}

struct str
stored_ca_file(const struct stored_options *o, const struct stored_token *token)
{
	return o->ca_file.n ? o->ca_file : token->ca_file;
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

/* AUTHGATE_TOKEN is used as it is; nothing is known about it. */
static bool
from_environment(struct stored_token *ret)
{
	struct str token = str_of(getenv("AUTHGATE_TOKEN"));

	if (str_empty(token))
		return false;
	*ret = (struct stored_token){.access_token = token, .token_type = STR("Bearer")};
	return true;
}

/* What --min-ttl says; otherwise half a minute, or a tenth of a short life. */
static int64_t
min_ttl_of(const struct stored_options *o, const struct stored_token *token)
{
	int64_t tenth_s = (token->expires_at - token->obtained_at) / 10;

	if (o->min_ttl_ms)
		return (o->min_ttl_ms + MS_PER_S - 1) / MS_PER_S;
	return tenth_s < STORED_DEFAULT_MIN_TTL_S ? tenth_s : STORED_DEFAULT_MIN_TTL_S;
}

static void
say_why_none(
	struct arena *arena, const struct stored_token *tokens, size_t count, struct diag *diag)
{
	if (!count)
		diag_set(diag, ERR_LOGIN_REQUIRED, "not signed in; run: authgate login");
	else if (tokens[0].locked)
		diag_set(diag, ERR_LOGIN_REQUIRED,
			"the sign-in is in a keyring that does not open here; run: authgate login "
			"--store file");
	else
		diag_set(diag, ERR_LOGIN_REQUIRED, "the sign-in ended %.*s; run: authgate login",
			STR_ARG(client_local_time(arena, tokens[0].expires_at)));
}

/* Two servers or two accounts are for the caller to choose from.  The same account
 * signed in again has one file only. */
static enum err
choose(struct arena *arena, const struct stored_options *o, const struct stored_token *tokens,
	size_t count, const struct stored_token **ret, struct diag *diag)
{
	int64_t now_s = clock_now_ms() / MS_PER_S;
	const struct stored_token *found = NULL;

	for (size_t i = 0; i < count; i++) {
		if (str_empty(tokens[i].refresh_token) &&
			!client_stored_token_is_fresh(&tokens[i], now_s, min_ttl_of(o, &tokens[i])))
			continue;
		if (found)
			return diag_set(diag, ERR_CONFLICT,
				"several sign-ins fit; choose with --issuer, --client-id or "
				"--account (`authgate status` lists them)");
		found = &tokens[i];
	}
	if (!found) {
		say_why_none(arena, tokens, count, diag);
		return ERR_LOGIN_REQUIRED;
	}
	*ret = found;
	return OK;
}

/* Signals are only taken over when there is something to wait for. */
static enum err
refresh(struct arena *arena, const struct tokenstore *store, const struct stored_token *token,
	int64_t min_ttl_s, struct stored_token *ret, struct diag *diag)
{
	int cancel_fd;
	enum err e;

	if (client_stored_token_is_fresh(token, clock_now_ms() / MS_PER_S, min_ttl_s)) {
		*ret = *token;
		return OK;
	}
	if ((e = client_interrupt_open(&cancel_fd, diag)))
		return e;
	e = client_refresh(arena, store, token, min_ttl_s, cancel_fd, ret, diag);
	client_interrupt_close(cancel_fd);
	return e;
}

enum err
stored_usable(struct arena *arena, const struct stored_options *o, struct stored_token *ret,
	struct diag *diag)
{
	const struct stored_token *chosen = NULL;
	struct stored_token *tokens = NULL, trusted;
	struct tokenstore store;
	size_t count = 0;
	enum err e;

	if (from_environment(ret))
		return OK;
	if ((e = stored_find(arena, o, &store, &tokens, &count, diag)))
		return e;
	if (!(e = choose(arena, o, tokens, count, &chosen, diag))) {
		trusted = *chosen;
		trusted.ca_file = stored_ca_file(o, chosen);
		e = refresh(arena, &store, &trusted, min_ttl_of(o, chosen), ret, diag);
	}
	if (!e && ret->unkept)
		(void)fprintf(stderr,
			"authgate: the new tokens could not be kept: %s\n"
			"authgate: this one works until it ends; then run: authgate login\n",
			diag->text);
	client_tokenstore_close(&store);
	return e;
}

int
stored_fail(enum err e, const struct diag *diag)
{
	(void)fprintf(stderr, "authgate: %s\n", diag->text[0] ? diag->text : err_sentence(e));
	return client_exit_code(e);
}
