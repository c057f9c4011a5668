/*
 * The device grant's front half (RFC 8628): a device asks, a person looks and
 * decides.  The back half, polling, is grant_device.c.
 *
 * A user code is eight letters and digits of an alphabet without look-alikes
 * (31 to the eighth, 39 bits), shown as XXXX-XXXX.  People may type it in any
 * case, with or without dashes and blanks.
 */
#ifndef LIB_OAUTH_DEVICE_H
#define LIB_OAUTH_DEVICE_H

#include "lib/audit/context.h"
#include "lib/base/form.h"
#include "lib/store/client.h"
#include "lib/store/device_code.h"
#include "lib/store/user.h"

enum { USER_CODE_LENGTH = 8, DEVICE_SLOW_DOWN_S = 5 };

struct device_request {
	struct str device_code;
	struct str user_code; /* as shown */
	struct str verification_uri;
	struct str verification_uri_complete;
	int64_t expires_in_s;
	int64_t interval_s;
	store_change *change; /* stores it */
	void *change_arg;
};

/* The form names scope and resources.  ERR_INVALID_SCOPE if the client may not
 * have the scope. */
MUST_USE enum err device_begin(
	struct context *, const struct client *, const struct form *, struct device_request *ret);

/* ERR_MALFORMED for what cannot be a code. */
MUST_USE enum err user_code_canonical(struct arena *, struct str typed, struct str *ret);
/* "WDJBMJHT" -> "WDJB-MJHT" */
struct str user_code_shown(struct arena *, struct str canonical);

/* The pending request with this code and its client.  ERR_NO_ROW whether it is
 * unknown, expired, decided or its client is inactive: who guesses learns
 * nothing. */
MUST_USE enum err device_find(const struct context *, struct str user_code, struct device_code *ret,
	struct client *ret_client);

/* A person's decision, as one change: exactly the first one counts.  Fails with
 * ERR_NO_ROW when the request has been decided or has expired meanwhile, or
 * when this session has not been shown it. */
struct device_decision {
	const struct context *cx;
	struct id session_id;
	int64_t auth_ms;
	struct user user;
	struct device_code code;
	bool approve;
};
enum err device_decide(struct store *, void *device_decision);

#endif
