/*
 * Remembered consents: what a person agreed to once need not be asked again, as long as
 * it covers what is asked now and the client is the one that was shown.
 */
#ifndef LIB_OAUTH_CONSENT_H
#define LIB_OAUTH_CONSENT_H

#include "lib/audit/context.h"
#include "lib/store/auth_code.h"
#include "lib/store/client.h"

/* Whether there is one for all of scope and resource.  Not if the client has had another
 * name since, or other redirect URIs: a person judges by those. */
MUST_USE enum err consent_covers(const struct context *, struct id user, const struct client *,
	struct str scope, struct str resource, bool *ret);
/* Inside a change: adds what the code is for. */
MUST_USE enum err consent_remember(struct store *, const struct context *, struct id user,
	const struct client *, const struct auth_code *);

#endif
