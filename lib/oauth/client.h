/*
 * Who is the client?  Authentication at the token endpoint and its siblings
 * (RFC 6749 sections 2.3 and 3.2.1).
 *
 * Exactly one method may be used, and it must be the registered one: "none" is
 * client_id alone, client_secret_basic the Authorization header, and
 * client_secret_post both in the body; "client_secret", which operators' clients
 * have unless they were made otherwise, is one of the latter two.  Unknown client, wrong secret,
 * wrong method and inactive client are the same ERR_INVALID_CLIENT.
 *
 * Secrets brought from elsewhere are crypt(3) hashes.  The first token issued to
 * one that is random, as those of the Go original are, puts SHA-256 in its place.
 */
#ifndef LIB_OAUTH_CLIENT_H
#define LIB_OAUTH_CLIENT_H

#include "lib/oauth/client_way.h"

/* ERR_INVALID_CLIENT too if the request claims to come from no client at all (RFC 6749
 * section 5.2); ERR_INVALID_REQUEST if it uses two ways at once; ERR_OTHER_LANE if a hash has
 * to be compared, and this is no thread for that. */
MUST_USE enum err client_authenticate(struct context *, const struct proof *, struct client *ret);
/* The same where nothing is given away yet: a client with a secret may also just name itself,
 * as golang.org/x/oauth2 and others do at the device authorization endpoint, and proves itself
 * when it redeems.  What it does send has to be right. */
MUST_USE enum err client_identify(
	struct context *, const struct proof *, struct client *ret, bool *ret_proven);
/* Says that client_authenticate is about to be asked the same: store_read_ahead. */
void client_read_ahead(const struct context *, const struct proof *);
/* Reads the header's value: RFC 7617 with the form-encoding of RFC 6749 section
 * 2.3.1.  ERR_INVALID_CLIENT for anything else; nothing is checked yet. */
MUST_USE enum err client_read_basic(
	struct arena *, struct str authorization, struct str *ret_id, struct str *ret_secret);
/* Whether the client is registered for this grant_type. */
bool client_may_use(const struct client *, const char *grant_type);
bool client_is_public(const struct client *);

#endif
