/*
 * What the commands that read stored sign-ins share: the options that choose
 * one, and the search.
 */
#ifndef CMD_STORED_H
#define CMD_STORED_H

#include "clients/tokenstore.h"

struct stored_options {
	struct token_filter filter;
	int64_t min_ttl_ms;
	bool json;
	bool show;
	bool all;
};

/* Reads --issuer, --client-id, --account, --min-ttl, --json, --show, --all and
 * the environment.  False if something else was given. */
bool stored_options_read(struct stored_options *, int argc, char **argv);
/* Everything that matches, newest first; ret_store is open until closed. */
MUST_USE enum err stored_find(struct arena *, const struct stored_options *,
	struct tokenstore *ret_store, struct stored_token **ret, size_t *ret_count, struct diag *);
/* Says why on standard error; returns the exit code. */
int stored_fail(enum err, const struct diag *);

#endif
