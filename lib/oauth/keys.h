/*
 * Signing keys over time.
 *
 * A key of the signing_keys table is `next` while verifiers learn of it,
 * `active` while it signs, `retired` until the last token it signed has
 * expired.  One is made ahead of time, promoted when it has been published long
 * enough, and nothing ever signs with a key that a verifier could not know, nor
 * leaves the set while a living token needs it.  The very first key of an
 * algorithm is active at once: nobody holds an older set.
 *
 * Private halves are sealed (lib/crypto/seal.h) with a key derived from
 * SESSION_SECRET, bound to the kid and to the instant at which the audit trail
 * began: who empties the trail cannot make the keys forget that there was one.
 *
 * Another secret comes in three steps, with any number of nodes: all of them get
 * it together with the one before; keys_reseal; the one before goes.  Until the
 * second step a key that is made is sealed with the secret before, which the
 * slowest node knows.
 */
#ifndef LIB_OAUTH_KEYS_H
#define LIB_OAUTH_KEYS_H

#include "lib/audit/context.h"
#include "lib/config/config.h"
#include "lib/crypto/key.h"
#include "lib/store/signing_key.h"

/* Opens a row. The diag says what to do when SESSION_SECRET has changed. */
MUST_USE enum err keys_open(struct arena *, const struct config *, const struct signing_key *row,
	struct key **ret, struct diag *);

/* Whether one of them takes the secret before to be opened. */
bool keys_wait_for_reseal(
	struct arena *, const struct config *, const struct signing_key *rows, size_t count);
/* When the trail began, as the keys remember it; 0: they are of a version that did not bind
 * them, and are until they are sealed anew.  ERR_NOT_GENUINE if one does not open. */
MUST_USE enum err keys_trail_began(const struct context *, int64_t *ret_ms);
/* A change: seals all with SESSION_SECRET, the audit trail's keys too.  Works on a
 * struct context. */
enum err keys_reseal(struct store *, void *context);

/* What is due for one algorithm. */
enum key_step {
	KEY_STEP_NONE,
	KEY_STEP_FIRST,   /* there is none: make an active one */
	KEY_STEP_NEXT,    /* the active one grows old: make its successor */
	KEY_STEP_REDATE,  /* one is from the future, as a clock once was: its time begins now */
	KEY_STEP_PROMOTE, /* the successor has been published long enough */
};
enum key_step keys_due(const struct config *, enum key_alg, const struct signing_key *rows,
	size_t count, int64_t now_ms);

/* Whether a key was made while the clock was wrong: later than now, by more than clocks
 * may differ. */
bool keys_is_from_future(const struct signing_key *, int64_t now_ms);

/* One step as a change.  keys_prepare makes and seals the key outside of any
 * transaction (RSA takes a while); keys_store runs inside one, and is ERR_RACE
 * if the step is not due any more, because another node took it. */
struct key_change {
	const struct context *cx;
	enum key_step step;
	enum key_alg alg;
	struct signing_key row;  /* as it was stored */
	struct signing_key made; /* of the key made; unused for a promotion */
	int64_t retired_expire_ms;
	bool is_asked_for; /* by an operator, before its time; an error says why it cannot be */
	bool is_forced;    /* promote a key that some verifiers may not know yet */
};
MUST_USE enum err keys_prepare(
	const struct context *, enum key_alg, enum key_step, struct key_change *ret);
enum err keys_store(struct store *, void *key_change);

/* An operator takes a key out of the set, by its kid: a successor that waits, or, only
 * if forced, one that once signed, whose tokens verifiers then refuse (else it is
 * ERR_KEY_SIGNED).  ERR_KEY_SIGNS for the one that signs. */
struct key_retirement {
	const struct context *cx;
	struct str kid;
	bool is_forced;
};
enum err keys_retire(struct store *, void *key_retirement);

/* The algorithms this configuration makes keys for: that of access tokens unless
 * it is configured from outside, and RS256, which OpenID Connect demands. */
size_t keys_algorithms(const struct config *, enum key_alg out[2]);

#endif
