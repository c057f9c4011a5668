/*
 * Redirect URIs (RFC 6749 section 3.1.2, RFC 8252, RFC 9700 section 4.1).
 */
#ifndef LIB_OAUTH_REDIRECT_H
#define LIB_OAUTH_REDIRECT_H

#include "lib/base/buf.h"
#include "lib/base/diag.h"

/* Whether a client may register this URI: https, http to a loopback host, or
 * for native clients a private-use scheme (RFC 8252 section 7.1), which is any that
 * browsers give no meaning to; no fragment, no user info, no wildcard, no dot segment,
 * and no escape of a slash, a dot or a control character. The diag says which rule it
 * breaks. */
MUST_USE enum err redirect_may_register(struct str uri, bool native, struct diag *);
/* Byte for byte one of the registered ones; or, registered with a loopback host and
 * the client native, equal to it but for the port (section 7.3).  A web client's
 * port stays: what listens on another one of its computer is not the client. */
bool redirect_is_registered(struct str uri, struct str registered, bool native);
/* scheme "://" authority, or "scheme:" for private-use schemes, whatever follows: what a Content
 * Security Policy's form-action has to allow. */
struct str redirect_origin(struct arena *, struct str uri);

#endif
