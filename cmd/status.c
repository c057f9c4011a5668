/* authgate status: which sign-ins are kept here; asks nobody (whoami does). */
#include "clients/exit_code.h"
#include "clients/login_screen.h"
#include "clients/terminal.h"
#include "cmd/command.h"
#include "cmd/stored.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TEXT_MAX = 16 * 1024 };

static const char *
state_of(const struct stored_token *token)
{
	if (token->locked)
		return "locked in the keyring";
	if (client_stored_token_is_fresh(token, clock_now_ms() / MS_PER_S, 0))
		return "valid";
	return str_empty(token->refresh_token) ? "ended" : "to be refreshed";
}

static void
write_json(struct buf *out, const struct stored_token *token)
{
	json_open(out, '{');
	json_member_str(out, "issuer", token->issuer);
	json_member_str(out, "client_id", token->client_id);
	json_member_str(out, "account", token->account);
	json_member_str(out, "scope", token->scope);
	json_member_i64(out, "expires_at", token->expires_at);
	json_member_bool(out, "refreshable", !str_empty(token->refresh_token));
	json_member_str(out, "state", str_of(state_of(token)));
	json_close(out, '}');
	buf_add_char(out, '\n');
}

static void
write_text(struct buf *out, struct arena *arena, const struct stored_token *token, bool utf8)
{
	const struct {
		const char *label;
		struct str value;
	} lines[] = {
		{"client", token->client_id},
		{"scope", token->scope},
		{"kept in", token->kept_in},
	};

	buf_add_printf(out, "%.*s at %.*s\n",
		STR_ARG(client_terminal_clean(arena, token->account, utf8)),
		STR_ARG(client_terminal_clean(arena, token->issuer, utf8)));
	for (size_t i = 0; i < countof(lines); i++)
		if (!str_empty(lines[i].value))
			buf_add_printf(out, "  %-8s %.*s\n", lines[i].label,
				STR_ARG(client_terminal_clean(arena, lines[i].value, utf8)));
	buf_add_printf(out, "  %-8s %s, until %.*s%s\n", "token", state_of(token),
		STR_ARG(client_local_time(arena, token->expires_at)),
		str_empty(token->refresh_token) ? "" : ", refreshed when needed");
}

static void
print_all(struct arena *arena, const struct stored_options *o, const struct stored_token *tokens,
	size_t count)
{
	struct terminal terminal;
	struct buf out;

	client_terminal_look(STDOUT_FILENO, &terminal);
	for (size_t i = 0; i < count; i++) {
		buf_init(&out, arena, TEXT_MAX);
		if (o->json)
			write_json(&out, &tokens[i]);
		else
			write_text(&out, arena, &tokens[i], terminal.utf8);
		(void)fwrite(out.p, 1, out.n, stdout);
	}
	(void)fflush(stdout);
}

static int
print_status(struct arena *arena, const struct stored_options *o)
{
	const char *given = getenv("AUTHGATE_TOKEN");
	struct stored_token *tokens = NULL;
	struct tokenstore store;
	struct diag diag = {{0}};
	size_t count = 0;
	enum err e;

	if (given && given[0])
		(void)fputs(
			"authgate: AUTHGATE_TOKEN is set and is used instead of these.\n", stderr);
	if ((e = stored_find(arena, o, &store, &tokens, &count, &diag)))
		return stored_fail(e, &diag);
	client_tokenstore_close(&store);
	if (!count) {
		e = diag_set(&diag, ERR_LOGIN_REQUIRED, "not signed in; run: authgate login");
		return stored_fail(e, &diag);
	}
	print_all(arena, o, tokens, count);
	return EXIT_SUCCESS;
}

int
cmd_status(int argc, char **argv)
{
	static const char *const also[] = {"json"};
	struct stored_options o;
	struct arena arena = {0};
	int rest, status;

	if (!stored_options_read(&arena, &o, argc, argv, also, countof(also), &rest) ||
		rest != argc)
		status = command_usage("status");
	else
		status = print_status(&arena, &o);
	arena_free(&arena);
	return status;
}
