/* authgate token: a valid access token on standard output, and nothing else. */
#include "clients/exit_code.h"
#include "cmd/command.h"
#include "cmd/stored.h"
#include "lib/base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { OUTPUT_MAX = 512 * 1024 };

static void
write_token(struct buf *out, const struct stored_token *token, const struct stored_options *o)
{
	if (!o->json) {
		buf_add(out, o->id_token ? token->id_token : token->access_token);
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
	write_token(&out, token, o);
	if (!buf_ok(&out) || fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout)) {
		(void)fputs("authgate: standard output cannot be written\n", stderr);
		return EX_IOERR;
	}
	return token->unkept ? client_exit_code(ERR_IO) : EXIT_SUCCESS;
}

static int
print_usable(struct arena *arena, const struct stored_options *o)
{
	struct stored_token token = {0};
	struct diag diag = {{0}};
	enum err e;

	if ((e = stored_usable(arena, o, &token, &diag)))
		return stored_fail(e, &diag);
	if (o->id_token && str_empty(token.id_token)) {
		e = diag_set(&diag, ERR_NO_ROW,
			"this sign-in has no id_token; sign in with --scope openid");
		return stored_fail(e, &diag);
	}
	return print_token(arena, &token, o);
}

int
cmd_token(int argc, char **argv)
{
	static const char *const also[] = {"min-ttl", "json", "show", "id-token"};
	struct stored_options o;
	struct arena arena = {0};
	int rest, status;

	if (!stored_options_read(&arena, &o, argc, argv, also, countof(also), &rest) ||
		rest != argc)
		status = command_usage("token");
	else
		status = print_usable(&arena, &o);
	arena_free(&arena);
	return status;
}
