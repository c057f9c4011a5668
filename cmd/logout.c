/* authgate logout: ends a sign-in, at its server and on this machine. */
#include "clients/exit_code.h"
#include "clients/interrupt.h"
#include "clients/revocation.h"
#include "clients/terminal.h"
#include "cmd/command.h"
#include "cmd/stored.h"

#include <stdio.h>
#include <stdlib.h>

struct logout {
	struct arena arena;
	struct stored_options options;
	struct tokenstore store;
	int cancel_fd;
};

static void
say(struct logout *l, const struct stored_token *token, const char *what)
{
	(void)fprintf(stderr, "%.*s at %.*s: %s.\n",
		STR_ARG(client_terminal_clean(&l->arena, token->account, false)),
		STR_ARG(client_terminal_clean(&l->arena, token->issuer, false)), what);
}

static enum err
delete_here(struct logout *l, const struct stored_token *token, const char *what, struct diag *diag)
{
	enum err e = client_tokenstore_delete(&l->arena, &l->store, token, diag);

	if (!e)
		say(l, token, what);
	return e;
}

/* The server is told first: a token that only disappears here lives on elsewhere. */
static enum err
end_one(struct logout *l, const struct stored_token *token, struct diag *diag)
{
	struct stored_token trusted = *token;
	enum err e, kept;

	trusted.ca_file = stored_ca_file(&l->options, token);
	if (l->options.local_only)
		return delete_here(l, token, "deleted here; the server was not told", diag);
	if (token->locked)
		return diag_set(diag, ERR_UNAVAILABLE,
			"its keyring does not open here, so it cannot be revoked; --local-only "
			"deletes what is here");
	e = client_revocation_send(&l->arena, &trusted, l->cancel_fd, diag);
	switch (e) {
	case OK: return delete_here(l, token, "signed out", diag);
	case ERR_CANCELLED: return e;
	case ERR_NO_ROW:
		return delete_here(l, token,
			"deleted here; this server cannot revoke, so a copy of the token works "
			"until it ends",
			diag);
	case ERR_NETWORK:
	case ERR_UNAVAILABLE:
		if ((kept = client_tokenstore_bury(&l->arena, &l->store, token, diag)))
			return kept;
		say(l, token,
			"signed out here, not yet revoked at the server; the next login or logout "
			"tries again");
		return e;
	default:
		if ((kept = delete_here(l, token, "deleted here, not revoked", diag)))
			return kept;
		return e;
	}
}

/* Goes on after a failure, and reports the first. */
static enum err
end_all(struct logout *l, const struct stored_token *tokens, size_t count, struct diag *diag)
{
	enum err first = OK, e;
	struct diag why;

	/* The file of a sign-in that was revoked would go on saying that it lives. */
	if ((e = client_tokenstore_may_delete(&l->store, diag)) ||
		(e = client_interrupt_open(&l->cancel_fd, diag)))
		return e;
	for (size_t i = 0; i < count && first != ERR_CANCELLED; i++) {
		why = (struct diag){{0}};
		e = end_one(l, &tokens[i], &why);
		if (e && (!first || e == ERR_CANCELLED)) {
			first = e;
			*diag = why;
		}
	}
	if (!first && !l->options.local_only &&
		client_revocation_retry(
			&l->arena, &l->store, l->options.filter.issuer, l->cancel_fd))
		first = diag_set(
			diag, ERR_NETWORK, "an earlier sign-out is still waiting for its server");
	client_interrupt_close(l->cancel_fd);
	return first;
}

static int
log_out(struct logout *l)
{
	const char *given = getenv("AUTHGATE_TOKEN");
	struct stored_token *tokens = NULL;
	struct diag diag = {{0}};
	size_t count = 0;
	enum err e;

	/* Whoever looks at the token in use means another one than what would be ended. */
	if (given && given[0]) {
		(void)fputs("authgate: AUTHGATE_TOKEN is set, and is not a sign-in that can be "
			    "ended here; unset it first.\n",
			stderr);
		return EXIT_USAGE;
	}

	if ((e = stored_find(&l->arena, &l->options, &l->store, &tokens, &count, &diag)))
		return stored_fail(e, &diag);
	if (!count)
		(void)fputs("authgate: not signed in; nothing to end.\n", stderr);
	if (count > 1 && !l->options.all)
		e = diag_set(&diag, ERR_CONFLICT,
			"several sign-ins fit; choose with --issuer, --client-id or --account, or "
			"say --all");
	else
		e = end_all(l, tokens, count, &diag);
	client_tokenstore_close(&l->store);
	return e ? stored_fail(e, &diag) : EXIT_SUCCESS;
}

int
cmd_logout(int argc, char **argv)
{
	static const char *const also[] = {"all", "local-only"};
	struct logout l = {0};
	int rest, status;

	if (!stored_options_read(&l.arena, &l.options, argc, argv, also, countof(also), &rest) ||
		rest != argc)
		status = command_usage("logout");
	else
		status = log_out(&l);
	arena_free(&l.arena);
	return status;
}
