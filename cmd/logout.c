/* authgate logout: deletes a stored sign-in from this machine. */
#include "clients/exit_code.h"
#include "clients/terminal.h"
#include "cmd/command.h"
#include "cmd/stored.h"

#include <stdio.h>
#include <stdlib.h>

static enum err
delete_each(struct arena *arena, const struct tokenstore *store, const struct stored_token *tokens,
	size_t count, struct diag *diag)
{
	enum err e;

	for (size_t i = 0; i < count; i++) {
		if ((e = client_tokenstore_delete(arena, store, &tokens[i], diag)))
			return e;
		(void)fprintf(stderr, "Deleted the sign-in of %.*s at %.*s from this machine.\n",
			STR_ARG(client_terminal_clean(arena, tokens[i].account, false)),
			STR_ARG(client_terminal_clean(arena, tokens[i].issuer, false)));
	}
	(void)fputs("The server was not told: a copy of the token would work until it ends.\n"
		    "To end it at once, revoke it on the server's account page.\n",
		stderr);
	return OK;
}

static int
run(struct arena *arena, const struct stored_options *o)
{
	struct stored_token *tokens = NULL;
	struct tokenstore store;
	struct diag diag = {{0}};
	size_t count = 0;
	enum err e;

	if ((e = stored_find(arena, o, &store, &tokens, &count, &diag)))
		return stored_fail(e, &diag);
	if (!count)
		(void)fputs("authgate: not signed in; nothing to delete.\n", stderr);
	else if (count > 1 && !o->all)
		e = diag_set(&diag, ERR_CONFLICT,
			"several sign-ins fit; choose with --issuer, --client-id or --account, or "
			"say --all");
	else
		e = delete_each(arena, &store, tokens, count, &diag);
	client_tokenstore_close(&store);
	return e ? stored_fail(e, &diag) : EXIT_SUCCESS;
}

int
cmd_logout(int argc, char **argv)
{
	struct stored_options o;
	struct arena arena = {0};
	int status;

	if (!stored_options_read(&o, argc, argv) || o.json || o.show || o.min_ttl_ms)
		return command_usage("logout");
	status = run(&arena, &o);
	arena_free(&arena);
	return status;
}
