/* authgate login: signs a person in and keeps the tokens. */
#include "clients/claims.h"
#include "clients/exit_code.h"
#include "clients/interrupt.h"
#include "clients/keyring.h"
#include "clients/line.h"
#include "clients/profile.h"
#include "clients/revocation.h"
#include "clients/sign_in.h"
#include "clients/tokenstore.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/stored.h"
#include "lib/base/clock.h"
#include "lib/base/duration.h"
#include "lib/crypto/digest.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { REUSE_MIN_TTL_S = 60, SECRET_MAX = 1024 };

struct login {
	struct arena arena;
	const char *profile;
	struct str issuer;
	struct client_identity client;
	struct str scope;
	struct str redirect_uri;
	struct str ca_file;
	struct str store; /* auto, file, keyring, none */
	int64_t timeout_ms;
	enum login_flow flow;
	enum qr_when qr;
	bool secret_on_stdin;
	bool no_open;
	bool json;
	bool force;
	int cancel_fd;
	struct tokenstore place; /* where the tokens will go, and room for them there */
	struct token_room room;
	bool in_keyring;
	struct login_screen screen;
};

enum flag {
	PROFILE = 1,
	DEVICE,
	FLOW,
	NO_OPEN,
	CA_FILE,
	ISSUER,
	CLIENT_ID,
	CLIENT_SECRET,
	CLIENT_AUTH,
	SCOPE,
	REDIRECT_URI,
	STORE,
	QR,
	TIMEOUT,
	JSON,
	FORCE,
};

static const struct option options[] = {
	{"profile", required_argument, NULL, PROFILE},
	{"device", no_argument, NULL, DEVICE},
	{"no-browser", no_argument, NULL, DEVICE}, /* as the Go original calls it */
	{"flow", required_argument, NULL, FLOW},
	{"no-open", no_argument, NULL, NO_OPEN},
	{"ca-file", required_argument, NULL, CA_FILE},
	{"issuer", required_argument, NULL, ISSUER},
	{"client-id", required_argument, NULL, CLIENT_ID},
	{"client-secret-stdin", no_argument, NULL, CLIENT_SECRET},
	{"client-auth", required_argument, NULL, CLIENT_AUTH},
	{"scope", required_argument, NULL, SCOPE},
	{"redirect-uri", required_argument, NULL, REDIRECT_URI},
	{"store", required_argument, NULL, STORE},
	{"qr", required_argument, NULL, QR},
	{"timeout", required_argument, NULL, TIMEOUT},
	{"json", no_argument, NULL, JSON},
	{"force", no_argument, NULL, FORCE},
	{NULL, 0, NULL, 0},
};

/* Repeated --scope adds up. */
static struct str
join_scope(struct arena *arena, struct str scope, const char *more)
{
	if (str_empty(scope))
		return str_of(more);
	return str_printf(arena, "%.*s %s", STR_ARG(scope), more);
}

static bool
is_store(struct str text)
{
	return str_is(text, "auto") || str_is(text, "file") || str_is(text, "keyring") ||
	       str_is(text, "none");
}

static bool
take_option(struct login *l, int option)
{
	switch (option) {
	case PROFILE: l->profile = optarg; return true;
	case DEVICE: l->flow = FLOW_DEVICE; return true;
	case FLOW: return client_flow_parse(str_of(optarg), &l->flow) == OK;
	case NO_OPEN: l->no_open = true; return true;
	case CA_FILE: return stored_ca_path(&l->arena, optarg, &l->ca_file);
	case ISSUER: l->issuer = str_of(optarg); return true;
	case CLIENT_ID: l->client.id = str_of(optarg); return true;
	case CLIENT_SECRET: l->secret_on_stdin = true; return true;
	case CLIENT_AUTH: return client_identity_parse_auth(str_of(optarg), &l->client) == OK;
	case REDIRECT_URI: l->redirect_uri = str_of(optarg); return true;
	case SCOPE: l->scope = join_scope(&l->arena, l->scope, optarg); return true;
	case STORE: l->store = str_of(optarg); return is_store(l->store);
	case QR: return client_qr_when_parse(str_of(optarg), &l->qr) == OK;
	case TIMEOUT: return duration_parse_ms(str_of(optarg), &l->timeout_ms) == OK;
	case JSON: l->json = true; return true;
	case FORCE: l->force = true; return true;
	default: return false;
	}
}

/* What neither an option nor the environment said. */
static bool
fill_from_profile(struct login *l)
{
	struct profile profile;
	struct diag diag = {{0}};

	if (client_profile_load(&l->arena, l->profile, &profile, &diag)) {
		(void)fprintf(stderr, "authgate: %s\n", diag.text);
		return false;
	}
	if (str_empty(l->issuer) && str_empty(l->client.id)) {
		l->issuer = profile.issuer;
		l->client.id = profile.client_id;
		if (str_empty(l->scope))
			l->scope = profile.scope;
		if (str_empty(l->ca_file))
			l->ca_file = profile.ca_file;
		if (str_empty(l->store))
			l->store = profile.store;
		if (l->flow == FLOW_AUTO && !str_empty(profile.flow))
			return client_flow_parse(profile.flow, &l->flow) == OK;
	}
	return true;
}

static bool
read_arguments(struct login *l, int argc, char **argv)
{
	const char *flow = getenv("AUTHGATE_FLOW");
	int option;

	l->issuer = str_of(getenv("AUTHGATE_ISSUER"));
	l->client.id = str_of(getenv("AUTHGATE_CLIENT_ID"));
	if (flow && flow[0] && client_flow_parse(str_of(flow), &l->flow)) {
		(void)fputs("authgate: AUTHGATE_FLOW: auto, browser, device or paste\n", stderr);
		return false;
	}
	if (!stored_ca_path(&l->arena, getenv("AUTHGATE_CA_FILE"), &l->ca_file))
		return false;
	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(l, option))
			return false;
	return optind == argc && fill_from_profile(l);
}

/* True if there is enough to begin; otherwise says what is missing. */
static bool
is_complete(const struct login *l)
{
	const char *token = getenv("AUTHGATE_TOKEN");

	if (str_is(l->store, "none") && (l->json || isatty(STDOUT_FILENO))) {
		(void)fputs("authgate: --store none prints the token: not on a terminal, and "
			    "not with --json.\n",
			stderr);
		return false;
	}
	if (token && token[0]) {
		(void)fputs("authgate: AUTHGATE_TOKEN is set and would win over a sign-in; "
			    "unset it first.\n",
			stderr);
		return false;
	}
	if (str_empty(l->issuer)) {
		(void)fputs("authgate: no server given: use --issuer https://... "
			    "or AUTHGATE_ISSUER.\n",
			stderr);
		return false;
	}
	if (str_empty(l->client.id)) {
		(void)fputs("authgate: which client? Give --client-id or AUTHGATE_CLIENT_ID.\n"
			    "The server wrote the id of its first client to its credentials file\n"
			    "(authgate-credentials.txt beside the database) when it first "
			    "started;\nwhoever runs the server can tell it. It is not a secret.\n",
			stderr);
		return false;
	}
	return true;
}

/* A sign-in that still lives, unless --force asks for another. */
static enum err
find_existing(struct login *l, struct stored_token *ret, bool *ret_found, struct diag *diag)
{
	const struct token_filter filter = {.issuer = l->issuer, .client_id = l->client.id};
	struct tokenstore store;
	struct stored_token *tokens = NULL;
	size_t count = 0;
	enum err e;

	*ret_found = false;
	if (str_is(l->store, "none"))
		return OK;
	if ((e = client_tokenstore_open(&l->arena, false, &store, diag)))
		return e;
	e = client_tokenstore_find(&l->arena, &store, &filter, &tokens, &count, diag);
	client_tokenstore_close(&store);
	for (size_t i = 0; !e && !l->force && i < count && !*ret_found; i++)
		if (client_stored_token_is_fresh(
			    &tokens[i], clock_now_ms() / MS_PER_S, REUSE_MIN_TTL_S)) {
			*ret = tokens[i];
			*ret_found = true;
		}
	return e;
}

/* The name to keep the sign-in under: userinfo if there is one, else what the
 * tokens say. Unverified, which is enough for a name. */
static struct str
account_name(struct login *l, const struct discovery *server, const struct token_reply *reply)
{
	struct claims claims = {0};
	struct str account;

	if (client_claims_of_token(&l->arena, reply->id_token, true, &claims) &&
		!str_empty(claims.preferred_username))
		return claims.preferred_username;
	if (client_claims_fetch(
		    &l->arena, server, reply->access_token, true, l->cancel_fd, &claims, NULL))
		(void)client_claims_of_token(&l->arena, reply->access_token, true, &claims);
	account = client_claims_account(&claims);
	return str_empty(account) ? STR("default") : account;
}

/* Nothing is kept: whoever asked for that takes the token from standard output. */
static enum err
print_instead(const struct stored_token *token, struct diag *diag)
{
	if (printf("%.*s\n", STR_ARG(token->access_token)) < 0 || fflush(stdout))
		return diag_set(diag, ERR_IO, "standard output cannot be written");
	return OK;
}

static enum err
keep(struct login *l, const struct discovery *server, const struct token_reply *reply,
	struct stored_token *ret, const char **ret_path, struct diag *diag)
{
	int64_t now_s = clock_now_ms() / MS_PER_S;
	enum err e;

	*ret = (struct stored_token){
		.issuer = server->issuer,
		.client_id = l->client.id,
		.client_secret = l->client.secret,
		.client_auth = l->client.secret_in_body ? STR("post") : STR_NONE,
		.account = account_name(l, server, reply),
		.scope = reply->scope,
		.token_type = reply->token_type,
		.access_token = reply->access_token,
		.refresh_token = reply->refresh_token,
		.id_token = reply->id_token,
		.obtained_at = now_s,
		.expires_at = now_s + reply->expires_in_s,
		.ca_file = l->ca_file,
	};
	if (str_is(l->store, "none"))
		return print_instead(ret, diag);
	ret->kept_in = l->in_keyring ? STR("keyring") : STR_NONE;
	e = client_tokenstore_save(&l->arena, &l->place, &l->room, ret, ret_path, diag);
	/* Only a keyring that was asked for by name is the only place. */
	if (e == ERR_UNAVAILABLE && !str_is(l->store, "keyring")) {
		ret->kept_in = STR_NONE;
		e = client_tokenstore_save(&l->arena, &l->place, &l->room, ret, ret_path, diag);
	}
	return e;
}

/* Tokens that nobody has are not left alive at the server. */
static enum err
take_back(struct login *l, const struct stored_token *token, enum err e, struct diag *diag)
{
	struct diag why = *diag;
	bool ended = client_revocation_send(&l->arena, token, l->cancel_fd, NULL) == OK;

	return diag_set(diag, e, "%s; the sign-in %s", why.text,
		ended ? "was ended again" : "lives on at the server until its tokens expire");
}

/* Before a person is asked: where the tokens will go. */
static enum err
prepare(struct login *l, struct diag *diag)
{
	bool named = str_is(l->store, "keyring");
	enum err e;

	if (str_is(l->store, "none"))
		return OK;
	if ((e = client_tokenstore_open(&l->arena, true, &l->place, diag)) ||
		(e = client_tokenstore_prepare(&l->arena, &l->place, NULL, &l->room, diag)))
		return e;
	l->in_keyring = !str_is(l->store, "file") && client_keyring_takes();
	if (named && !l->in_keyring)
		return diag_set(diag, ERR_UNAVAILABLE,
			"no keyring can be used here; sign in with --store file");
	return OK;
}

static enum err
sign_in(struct login *l, struct diag *diag)
{
	struct discovery server;
	struct token_reply reply;
	struct stored_token token;
	const char *path = NULL;
	struct sign_in job = {
		.arena = &l->arena,
		.server = &server,
		.client = l->client,
		.scope = l->scope,
		.redirect_uri = l->redirect_uri,
		.flow = l->flow,
		.no_open = l->no_open,
		.again = l->force,
		.timeout_s = (l->timeout_ms + MS_PER_S - 1) / MS_PER_S,
		.cancel_fd = l->cancel_fd,
		.screen = &l->screen,
	};
	enum err e;

	if ((e = prepare(l, diag)) ||
		(e = client_discovery_fetch(
			 &l->arena, l->issuer, l->ca_file, l->cancel_fd, &server, diag)) ||
		(e = client_sign_in(&job, &reply, diag)))
		return e;
	if ((e = keep(l, &server, &reply, &token, &path, diag)))
		return take_back(l, &token, e, diag);
	client_screen_signed_in(&l->screen, &token, path, true);
	return OK;
}

static enum err
read_secret(struct login *l, struct diag *diag)
{
	if (!l->secret_on_stdin)
		return OK;
	if (client_line_read(&l->arena, SECRET_MAX, l->cancel_fd, &l->client.secret) ||
		!str_is_printable(l->client.secret) || str_empty(l->client.secret))
		return diag_set(diag, ERR_INVALID_CLIENT,
			"standard input holds no line with a client secret");
	return OK;
}

/* An earlier logout may not have reached this server. */
static void
retry_revocations(struct login *l)
{
	struct tokenstore store;

	if (client_tokenstore_open(&l->arena, false, &store, NULL))
		return;
	(void)client_revocation_retry(&l->arena, &store, l->issuer, l->cancel_fd);
	client_tokenstore_close(&store);
}

static enum err
log_in(struct login *l, struct diag *diag)
{
	struct stored_token token;
	bool found;
	enum err e;

	/* Also finds out that the store is not usable before a code is asked for. */
	if ((e = crypto_init()) || (e = find_existing(l, &token, &found, diag)))
		return e;
	if (found) {
		client_screen_signed_in(&l->screen, &token, NULL, false);
		return OK;
	}
	if ((e = client_interrupt_open(&l->cancel_fd, diag)))
		return e;
	retry_revocations(l);
	l->room.fd = l->place.fd = -1;
	if (!(e = read_secret(l, diag)))
		e = sign_in(l, diag);
	client_tokenstore_release(&l->place, &l->room);
	client_tokenstore_close(&l->place);
	client_interrupt_close(l->cancel_fd);
	return e;
}

int
cmd_login(int argc, char **argv)
{
	struct login l = {0};
	struct diag diag = {{0}};
	int status = EXIT_USAGE;
	enum err e;

	if (!read_arguments(&l, argc, argv)) {
		command_usage("login");
	} else if ((l.json || str_is(l.store, "none")) && !output_judge()) {
		status = client_exit_code(ERR_IO);
	} else if (is_complete(&l)) {
		client_screen_open(&l.screen, &l.arena, l.qr, l.json);
		if ((e = log_in(&l, &diag)))
			client_screen_failed(&l.screen, e, &diag);
		status = client_exit_code(e);
	}
	arena_free(&l.arena);
	return status;
}
