/*
 * struct detour: what is remembered while a browser is at another server, to sign in
 * there.  It travels in a cookie of that browser, sealed, so that nothing is kept here
 * for those who never come back, and no other browser can finish what this one began.
 */
#ifndef LIB_SIGNIN_DETOUR_H
#define LIB_SIGNIN_DETOUR_H

#include "lib/audit/context.h"

enum { DETOUR_TTL_S = 600, DETOUR_NEXT_MAX = 1024 };

struct detour {
	struct str provider;
	struct str state;    /* in the address, both ways: names the cookie too */
	struct str nonce;    /* in the ID token */
	struct str verifier; /* RFC 7636 */
	struct str next;     /* where to go afterwards, a local path */
	bool is_fresh;       /* they shall prove it there anew */
	bool confirms;       /* because somebody who is signed in wants to go on */
	struct id link_user; /* who connects the other server to their account; zero: a sign-in */
	int64_t started_ms;
};

/* Fills state, nonce, verifier and started_ms. */
MUST_USE enum err detour_begin(const struct context *, struct detour *);
MUST_USE enum err detour_seal(const struct context *, const struct detour *, struct str *ret);
/* ERR_DETOUR_OVER unless we sealed it, for this state, within DETOUR_TTL_S. */
MUST_USE enum err detour_open(
	const struct context *, struct str sealed, struct str state, struct detour *ret);

/* The same for what a provider has said of a person who has yet to choose a name. */
struct assertion;
struct config_provider;
MUST_USE enum err pending_seal(const struct context *, const struct config_provider *,
	struct str next, const struct assertion *, struct str *ret);
MUST_USE enum err pending_open(const struct context *, struct str sealed, struct str *ret_provider,
	struct str *ret_next, struct assertion *ret);

#endif
