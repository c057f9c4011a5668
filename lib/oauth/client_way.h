/*
 * Ways for a client to prove who it is (RFC 6749 section 2.3).
 *
 * A way that a request uses makes a claim: this client, by these means.  Exactly
 * one may be used, and it must be the one that the client registered; only then
 * is it proven.  "none" is what is left when no other is used: a name.
 *
 * To add one: two functions and a row in client_ways.c.  A row claims and proves
 * from struct proof alone; what another way needs of a request, such as a header
 * with a proof of possession, is a field there, filled by server/gate/client.c.
 */
#ifndef LIB_OAUTH_CLIENT_WAY_H
#define LIB_OAUTH_CLIENT_WAY_H

#include "lib/audit/context.h"
#include "lib/base/form.h"
#include "lib/store/client.h"

/* What a request carries that may prove something. */
struct proof {
	struct str method;  /* "POST" */
	struct str address; /* path; with cx->issuer->url what an assertion is for */
	struct str header;  /* Authorization; empty if absent */
	const struct form *form;
};

/* Before anything is believed. */
struct claim {
	const struct client_way *way;
	struct str client_id;
	struct str secret;
};

struct client_way {
	const char *name; /* as clients register it */
	/* Whether the request uses it.  ERR_NO_ROW: no.  Any other error: it does, and wrongly;
	 * cx->problem may say how. */
	enum err (*claims)(struct context *, const struct proof *, struct claim *ret);
	/* ERR_INVALID_CLIENT unless the claim is true of this client. */
	enum err (*prove)(
		struct context *, const struct proof *, const struct claim *, struct client *);
};

extern const struct client_way client_ways[];
extern const size_t client_ways_count;

/* The only claim that a request makes.  ERR_INVALID_CLIENT if it makes none, or one that cannot
 * be read; ERR_INVALID_REQUEST if it makes two, or half of one. */
MUST_USE enum err client_way_claimed(struct context *, const struct proof *, struct claim *ret);
/* Whether the client registered the way of its claim; "client_secret" leaves the place of the
 * secret to the client. */
bool client_way_is_registered(const struct client *, const struct claim *);

#endif
