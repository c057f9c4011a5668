/*
 * struct issuer: the authorization server itself, as its clients know it: its
 * URL and the keys it signs with.  Made at start from the configuration and the
 * signing_keys table; immutable while exchanges use it.
 */
#ifndef LIB_OAUTH_ISSUER_H
#define LIB_OAUTH_ISSUER_H

#include "lib/config/config.h"
#include "lib/crypto/key.h"
#include "lib/store/signing_key.h"

struct issuer {
	struct str url;                          /* BASE_URL without a trailing slash */
	struct keyset keys;                      /* all that verify */
	const struct key *signer;                /* the one that signs access tokens */
	const struct key *active[KEY_ALG_COUNT]; /* what signs, by algorithm; NULL: none yet */
	struct str jwks;                         /* the published set, as JSON */
	bool waits_for_reseal;                   /* SESSION_SECRET_PREVIOUS is in force */
	struct digest version;                   /* of the table's rows: issuer_version */
	struct issuer *previous;                 /* what it replaced; exchanges may still use it */
	struct arena arena;                      /* holds all of the above but the keys */
};

/* Changes when a key is made, promoted, retired, sealed anew or forgotten, here or on
 * another node. */
struct digest issuer_version(const struct signing_key *rows, size_t count);

/* The algorithm of access tokens: what is configured; else HS256 if there is a
 * JWT_SECRET, as in the Go original; else ES256. */
enum key_alg issuer_algorithm(const struct config *);
/* Loads the keys, or creates and keeps the first one: the configured secret or
 * PEM key signs if there is one; the keys of the table verify.  The store must
 * be a writer.  Failure says in the diag what an operator should do. */
MUST_USE enum err issuer_open(
	const struct config *, struct store *, int64_t now_ms, struct issuer **ret, struct diag *);
/* False until the RS256 key is there that OpenID Connect Core section 15.1 demands.
 * It takes a few hundred milliseconds to make, so a first start makes it beside
 * its work (server/keep/chores.c), and what needs it waits (ROUTE_KEYS). */
bool issuer_is_complete(const struct issuer *);
/* The key for ID tokens of a client that asked for alg, or for any if alg is
 * empty: the signer of access tokens if clients can verify it and OpenID
 * Connect knows its hash, else RS256. */
MUST_USE enum err issuer_id_token_key(
	const struct issuer *, struct str alg, const struct key **ret);
/* sub of an ID token of ours, however old (OpenID Connect Core 3.1.2.1,
 * id_token_hint). ret_client may be NULL. */
struct context;
MUST_USE enum err issuer_read_own_id_token(const struct context *, struct str token,
	struct str *ret_subject, struct str *ret_client, struct str *ret_session);
/* With all that it replaced. */
void issuer_free(struct issuer *);

#endif
