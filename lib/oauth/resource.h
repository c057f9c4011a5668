/*
 * Resource indicators (RFC 8707): which servers a token is meant for.  Several
 * are one text, as in the database: URIs with one space between them.
 */
#ifndef LIB_OAUTH_RESOURCE_H
#define LIB_OAUTH_RESOURCE_H

#include "lib/audit/context.h"
#include "lib/base/buf.h"
#include "lib/base/form.h"

/* All parameters `resource` of the form, repeated ones dropped; empty without
 * any.  ERR_INVALID_TARGET for what is no absolute URI with a host, is not allowed by
 * jwt.resources, or too much. */
MUST_USE enum err resource_read(const struct context *, const struct form *, struct str *ret);
/* What `asked` leaves of `granted`, the resources of the grant; all of it if
 * nothing was asked.  A grant without resources is one for the configured
 * audience.  ERR_INVALID_TARGET for more than was granted. */
MUST_USE enum err resource_narrow(
	const struct context *, struct str granted, struct str asked, struct str *ret);
/* aud of tokens without a resource of their own: the configured audience, or the issuer. */
struct str resource_default(const struct context *);
/* Appends the member aud: one resource as a string, several as an array (RFC
 * 7519 section 4.1.3), none as the default. */
void resource_write_audience(struct buf *, const struct context *, struct str resource);

#endif
