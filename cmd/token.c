/* authgate token: a valid access token on standard output, and nothing else. */
#include "clients/login_screen.h"
#include "cmd/command.h"
#include "cmd/stored.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DEFAULT_MIN_TTL_S = 30, OUTPUT_MAX = 512 * 1024 };

/* Two servers or two accounts: choosing one silently could hand a token to the
 * wrong place. The same account signed in again has one file only. */
static enum err
choose(struct arena *arena, const struct stored_options *o, const struct stored_token *tokens,
	size_t count, const struct stored_token **ret, struct diag *diag)
{
	int64_t min_ttl_s = o->min_ttl_ms ? o->min_ttl_ms / MS_PER_S : DEFAULT_MIN_TTL_S;
	int64_t now_s = clock_now_ms() / MS_PER_S;
	const struct stored_token *found = NULL;

	for (size_t i = 0; i < count; i++) {
		if (!client_stored_token_is_fresh(&tokens[i], now_s, min_ttl_s))
			continue;
		if (found)
			return diag_set(diag, ERR_CONFLICT,
				"several sign-ins fit; choose with --issuer, --client-id or "
				"--account (`authgate whoami` lists them)");
		found = &tokens[i];
	}
	if (!found && count)
		return diag_set(diag, ERR_LOGIN_REQUIRED,
			"the sign-in ended %.*s; run: authgate login",
			STR_ARG(client_local_time(arena, tokens[0].expires_at)));
	if (!found)
		return diag_set(diag, ERR_LOGIN_REQUIRED, "not signed in; run: authgate login");
	*ret = found;
	return OK;
}

static void
write_token(struct buf *out, const struct stored_token *token, bool json)
{
	if (!json) {
		buf_add(out, token->access_token);
	} else {
		json_open(out, '{');
		json_member_str(out, "access_token", token->access_token);
		json_member_str(out, "token_type", token->token_type);
		json_member_i64(out, "expires_at", token->expires_at);
		json_member_str(out, "issuer", token->issuer);
		json_member_str(out, "client_id", token->client_id);
		json_member_str(out, "account", token->account);
		json_member_str(out, "scope", token->scope);
		json_close(out, '}');
	}
	buf_add_char(out, '\n');
}

static int
print_token(struct arena *arena, const struct stored_token *token, const struct stored_options *o)
{
	struct buf out;

	/* Shoulders and scroll-back: a terminal gets it only on request. */
	if (isatty(STDOUT_FILENO) && !o->show) {
		(void)fputs("authgate: not shown on a terminal; use it as "
			    "\"$(authgate token)\", or add --show.\n",
			stderr);
		return EXIT_FAILURE;
	}
	buf_init(&out, arena, OUTPUT_MAX);
	write_token(&out, token, o->json);
	if (!buf_ok(&out) || fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout)) {
		(void)fputs("authgate: standard output cannot be written\n", stderr);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
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

static int
run(struct arena *arena, const struct stored_options *o)
{
	const struct stored_token *chosen = NULL;
	struct stored_token given;
	struct stored_token *tokens = NULL;
	struct tokenstore store;
	struct diag diag = {{0}};
	size_t count = 0;
	enum err e;

	if (from_environment(&given))
		return print_token(arena, &given, o);
	if ((e = stored_find(arena, o, &store, &tokens, &count, &diag)))
		return stored_fail(e, &diag);
	client_tokenstore_close(&store);
	if ((e = choose(arena, o, tokens, count, &chosen, &diag)))
		return stored_fail(e, &diag);
	return print_token(arena, chosen, o);
}

int
cmd_token(int argc, char **argv)
{
	struct stored_options o;
	struct arena arena = {0};
	int status;

	if (!stored_options_read(&o, argc, argv) || o.all)
		return command_usage("token");
	status = run(&arena, &o);
	arena_free(&arena);
	return status;
}
