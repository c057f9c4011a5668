/*
 * What the commands that use stored sign-ins share: the options that choose one,
 * the search, and a token that is good for a while.
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
	bool id_token;
	bool local_only;
	struct str ca_file; /* --ca-file or AUTHGATE_CA_FILE, as a whole path */
	const char *as;     /* exec: the variable */
	const char *host;   /* credential: who may have the token, instead of the issuer's */
};

enum { STORED_DEFAULT_MIN_TTL_S = 30 };

/* Reads --profile, --issuer, --client-id, --account and, if this command has them,
 * the ones named in also ("json", "show", ...); a profile fills in what neither an
 * option nor the environment says.  argv + *ret_rest is what follows.  False if
 * something else was given. */
bool stored_options_read(struct arena *, struct stored_options *, int argc, char **argv,
	const char *const also[], size_t also_count, int *ret_rest);
/* Everything that matches, newest first; ret_store is open until closed. */
MUST_USE enum err stored_find(struct arena *, const struct stored_options *,
	struct tokenstore *ret_store, struct stored_token **ret, size_t *ret_count, struct diag *);
/* The one token these options mean, good for --min-ttl (by default half a minute, or a
 * tenth of its life if that is short): AUTHGATE_TOKEN as it is, or
 * a stored one, refreshed if need be.  ERR_CONFLICT if several fit: choosing one
 * silently could hand a token to the wrong place. */
MUST_USE enum err stored_usable(
	struct arena *, const struct stored_options *, struct stored_token *ret, struct diag *);
/* Whom to trust for this sign-in: what was said now, else what was said at the login. */
struct str stored_ca_file(const struct stored_options *, const struct stored_token *);
/* The whole path of a file of certificates, so that it is found from anywhere; empty for
 * NULL and "".  False, and a line on standard error, if it cannot be read. */
bool stored_ca_path(struct arena *, const char *file, struct str *ret);
/* Says why on standard error; returns the exit code. */
int stored_fail(enum err, const struct diag *);

#endif
