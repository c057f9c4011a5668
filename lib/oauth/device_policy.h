/*
 * What an operator lets the device grant do (RFC 10027): what the configuration says for all
 * clients, and in its place what is said about one.
 */
#ifndef LIB_OAUTH_DEVICE_POLICY_H
#define LIB_OAUTH_DEVICE_POLICY_H

#include "lib/audit/context.h"
#include "lib/store/client.h"
#include "lib/store/device_code.h"

enum device_typed { DEVICE_TYPED_NEVER, DEVICE_TYPED_OFFER, DEVICE_TYPED_REQUIRE };
enum device_network { DEVICE_NETWORK_WARN, DEVICE_NETWORK_CONFIRM, DEVICE_NETWORK_REFUSE };

struct device_policy {
	bool gives_complete; /* verification_uri_complete */
	int64_t code_ttl_s;
	struct str networks;      /* that may ask; empty: all */
	struct str scopes;        /* that are given at most; empty: the client's */
	int64_t refresh_ttl_s;    /* of a whole sign-in; 0: refresh.lifetime alone */
	int64_t sign_in_within_s; /* of the person who approves; 0: ever */
	int64_t open_max;         /* requests of one client and network; 0: any number */
	enum device_network other_network;
	enum device_typed typed_back; /* digits of the page, at the device */
};

/* Of a client that was read whole (client_by_id). */
struct device_policy device_policy_of(const struct config *, const struct client *);
/* Of any; reads it whole if it has policies that were not read. */
MUST_USE enum err device_policy_load(
	const struct context *, const struct client *, struct device_policy *ret);
/* ERR_UNAUTHORIZED_CLIENT, and cx->problem says why, if this network may not ask. */
MUST_USE enum err device_policy_admit(struct context *, const struct device_policy *);
/* Whether digits have to be typed back for this request, which says what its device can:
 * device_confirmation=typed.  ERR_CONFIRMATION_REQUIRED if they are required and it cannot. */
MUST_USE enum err device_policy_typed(
	struct context *, const struct device_policy *, struct str confirmation, bool *ret);
/* What a device may be given at most, of what its client may have. */
struct str device_policy_scopes(struct arena *, const struct device_policy *, struct str allowed);
/* Whether the person who decides is where the device is. */
bool device_policy_is_near(const struct context *, const struct device_code *);
/* Whether a sign-in of that moment is too long ago to approve. */
bool device_policy_is_stale(const struct context *, const struct device_policy *, int64_t auth_ms);

#endif
