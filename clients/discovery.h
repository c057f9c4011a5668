/*
 * Finding the endpoints of an authorization server from its issuer URL: RFC 8414
 * metadata first, OpenID Connect discovery second.
 *
 * A document is only believed about itself: its issuer must equal the one asked
 * for, byte for byte but for one slash at the end (RFC 8414 section 3.3), and every endpoint must
 * be on the issuer's own origin, so that nobody else is ever sent a code or a token.
 */
#ifndef CLIENTS_DISCOVERY_H
#define CLIENTS_DISCOVERY_H

#include "lib/base/arena.h"
#include "lib/base/diag.h"
#include "lib/base/str.h"

struct discovery {
	struct str issuer;
	struct str token_endpoint;
	struct str device_authorization_endpoint; /* empty: no device grant here */
	struct str userinfo_endpoint;             /* empty: none, as the next ones */
	struct str authorization_endpoint;
	struct str revocation_endpoint;
	struct str jwks_uri;
	struct str ca_file; /* whom to trust there; empty: as fetch() does by itself */
	bool sends_iss; /* RFC 9207: every answer of the authorization endpoint names its issuer */
};

/* The two addresses to try, in order. The issuer must be https, or http on a
 * loopback host, without query and fragment; the diag says what is wrong. */
MUST_USE enum err client_discovery_urls(
	struct arena *, struct str issuer, struct str ret[2], struct diag *);
/* Judges a document; views are copied into the arena.  ERR_MALFORMED. */
MUST_USE enum err client_discovery_judge(struct arena *, struct str issuer, struct str document,
	struct discovery *ret, struct diag *);
/* Fetches and judges. The second address is tried only when the first answers
 * 404 or 405; anything else wrong is final. */
MUST_USE enum err client_discovery_fetch(struct arena *, struct str issuer, struct str ca_file,
	int cancel_fd, struct discovery *ret, struct diag *);

#endif
