/* authgate whoami: who is signed in, where, until when. */
#include "clients/claims.h"
#include "clients/exit_code.h"
#include "clients/interrupt.h"
#include "clients/login_screen.h"
#include "cmd/command.h"
#include "cmd/stored.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192 };

struct whoami {
	struct arena arena;
	struct stored_options options;
	bool utf8;
	int cancel_fd;
	int64_t now_s;
};

/* What the server says, if it is asked and answers; OK even without. */
static enum err
ask_server(struct whoami *w, const struct stored_token *token, struct claims *claims,
	bool *ret_confirmed, struct diag *diag)
{
	struct discovery server;
	enum err e;

	e = client_discovery_fetch(&w->arena, token->issuer, stored_ca_file(&w->options, token),
		w->cancel_fd, &server, diag);
	if (!e)
		e = client_claims_fetch(&w->arena, &server, token->access_token, w->utf8,
			w->cancel_fd, claims, diag);
	*ret_confirmed = !e;
	return e == ERR_CANCELLED || e == ERR_LOGIN_REQUIRED ? e : OK;
}

static void
print_line(struct whoami *w, const struct stored_token *token, const struct claims *claims,
	const char *state, const struct diag *why)
{
	struct str account = client_terminal_clean(&w->arena, token->account, w->utf8);
	struct str issuer = client_terminal_clean(&w->arena, token->issuer, w->utf8);
	struct buf out;

	buf_init(&out, &w->arena, LINE_MAX_BYTES);
	if (w->options.json) {
		json_open(&out, '{');
		json_member_str(&out, "issuer", token->issuer);
		json_member_str(&out, "client_id", token->client_id);
		json_member_str(&out, "account", token->account);
		json_member_str(&out, "sub", claims->sub);
		json_member_str(&out, "name", claims->name);
		json_member_str(&out, "scope", token->scope);
		json_member_i64(&out, "expires_at", token->expires_at);
		json_member_str(&out, "state", str_of(state));
		json_close(&out, '}');
	} else {
		buf_add_printf(&out, "%.*s at %.*s (%s, until %.*s)", STR_ARG(account),
			STR_ARG(issuer), state,
			STR_ARG(client_local_time(&w->arena, token->expires_at)));
		if (!str_empty(claims->name))
			buf_add_printf(&out, "\n  name   %.*s", STR_ARG(claims->name));
		if (!str_empty(claims->email))
			buf_add_printf(&out, "\n  email  %.*s", STR_ARG(claims->email));
		if (why->text[0])
			buf_add_printf(&out, "\n  note   %s", why->text);
	}
	buf_add_char(&out, '\n');
	(void)fwrite(out.p, 1, out.n, stdout);
}

/* *ret_valid: as far as is known, this token works. */
static enum err
show(struct whoami *w, const struct stored_token *token, bool *ret_valid)
{
	struct claims claims = {0};
	struct diag why = {{0}};
	bool confirmed = false;
	enum err e = OK;

	*ret_valid = client_stored_token_is_fresh(token, w->now_s, 0);
	if (*ret_valid)
		e = ask_server(w, token, &claims, &confirmed, &why);
	if (e == ERR_CANCELLED)
		return e;
	if (e == ERR_LOGIN_REQUIRED)
		*ret_valid = false;
	if (!confirmed && !client_claims_of_token(&w->arena, token->id_token, w->utf8, &claims))
		(void)client_claims_of_token(&w->arena, token->access_token, w->utf8, &claims);
	print_line(w, token, &claims,
		confirmed    ? "confirmed by the server"
		: e          ? "refused by the server"
		: *ret_valid ? "not checked"
			     : "ended",
		&why);
	return OK;
}

static enum err
show_all(struct whoami *w, const struct stored_token *tokens, size_t count, struct diag *diag)
{
	bool any_valid = false, valid = false;
	enum err e;

	if ((e = client_interrupt_open(&w->cancel_fd, diag)))
		return e;
	for (size_t i = 0; !e && i < count; i++) {
		e = show(w, &tokens[i], &valid);
		any_valid = any_valid || valid;
	}
	client_interrupt_close(w->cancel_fd);
	if (!e && !any_valid)
		return diag_set(diag, ERR_LOGIN_REQUIRED,
			count ? "no sign-in is valid any more; run: authgate login"
			      : "not signed in; run: authgate login");
	return e;
}

static int
print_identity(struct whoami *w)
{
	const char *given = getenv("AUTHGATE_TOKEN");
	struct stored_token *tokens = NULL;
	struct tokenstore store;
	struct diag diag = {{0}};
	size_t count = 0;
	enum err e;

	if (given && given[0])
		(void)fputs("authgate: AUTHGATE_TOKEN is set; `authgate token` uses it instead of "
			    "these.\n",
			stderr);
	e = stored_find(&w->arena, &w->options, &store, &tokens, &count, &diag);
	if (e)
		return stored_fail(e, &diag);
	client_tokenstore_close(&store);
	e = show_all(w, tokens, count, &diag);
	(void)fflush(stdout);
	return e ? stored_fail(e, &diag) : EXIT_SUCCESS;
}

int
cmd_whoami(int argc, char **argv)
{
	static const char *const also[] = {"json"};
	struct whoami w = {.now_s = clock_now_ms() / MS_PER_S};
	struct terminal terminal;
	int rest, status;

	if (!stored_options_read(&w.arena, &w.options, argc, argv, also, countof(also), &rest) ||
		rest != argc) {
		status = command_usage("whoami");
	} else {
		client_terminal_look(STDOUT_FILENO, &terminal);
		w.utf8 = terminal.utf8;
		status = print_identity(&w);
	}
	arena_free(&w.arena);
	return status;
}
