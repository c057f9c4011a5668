/*
 * The device grant's front half (RFC 8628): a device asks, a person looks and
 * decides.  The back half, polling, is grant_device.c; what people type is in
 * user_code.h, and what it costs to type a wrong one in code_pace.h.
 */
#ifndef LIB_OAUTH_DEVICE_H
#define LIB_OAUTH_DEVICE_H

#include "lib/audit/audit.h"
#include "lib/base/form.h"
#include "lib/oauth/code_pace.h"
#include "lib/store/client.h"
#include "lib/store/device_code.h"
#include "lib/store/user.h"

enum { DEVICE_SLOW_DOWN_S = 5, DEVICE_DIGIT_TRIES = 3 };

struct device_wish {
	const struct form *form; /* scope and resources */
	int64_t open;            /* about how many codes are open now */
};

struct device_beginning {
	const struct context *cx;
	struct device_code row;
	struct audit_record record;
	int64_t open_max; /* ERR_TOO_MANY_REQUESTS if as many are open; 0: any number */
	bool unrecorded;  /* set it, and the record is left out: lib/audit/backlog.h */
};

struct device_request {
	struct str device_code;
	struct str user_code; /* as shown */
	struct str verification_uri;
	struct str verification_uri_complete; /* empty: policy gives none */
	bool typed_back; /* digits of the page have to be typed at the device */
	int64_t expires_in_s;
	int64_t interval_s;
	store_change *change; /* stores it; of the beginning */
	struct device_beginning *beginning;
};

/* ERR_INVALID_SCOPE if the client may not have the scope, ERR_UNAUTHORIZED_CLIENT if this
 * network may not ask (lib/oauth/device_policy.h). */
MUST_USE enum err device_begin(struct context *, const struct client *, const struct device_wish *,
	struct device_request *ret);

/* What a person typed, and who pays if it is wrong. */
struct device_search {
	struct str user_code;
	struct code_pace pace;
	int64_t wait_ms; /* of ERR_TOO_MANY_REQUESTS; LIMITER_UNKNOWN: nobody could count */
};

/* The pending request with this code and its client.  ERR_NO_ROW whether it is
 * unknown, expired, decided or its client is inactive: who guesses learns
 * nothing.  ERR_TOO_MANY_REQUESTS, and nothing was looked up, after too many of
 * those. */
MUST_USE enum err device_find(const struct context *, struct device_search *,
	struct device_code *ret, struct client *ret_client);
/* The request that this browser was shown last, if the code is its code; else
 * ERR_NO_ROW, whatever else the code may be. */
MUST_USE enum err device_reviewed(const struct context *, const struct device_search *,
	struct id review, struct device_code *ret, struct client *ret_client);
/* A session was shown a request, as a change: the one that it may decide. */
struct device_review {
	struct id session_id;
	struct id code_id;
};
enum err device_store_review(struct store *, void *device_review);
/* What has become of a request; expired: nobody has decided, and nobody can any more. */
enum device_fate { DEVICE_OPEN, DEVICE_APPROVED, DEVICE_DENIED, DEVICE_EXPIRED };
enum device_fate device_fate(
	const struct context *, const struct device_code *, const struct client *);

/* A person's decision, as one change: exactly the first one counts, and the same person
 * deciding the same again is the same result, which changes nothing.  ERR_DECIDED when
 * the request has been decided otherwise or has expired, ERR_NOT_REVIEWED when this
 * session has not been shown it. */
struct device_decision {
	const struct context *cx;
	struct session session; /* that decides */
	struct user user;
	struct device_code code;
	bool approve;
	struct str digits; /* of an approval with typed_back */
};
/* Two digits, for a decision that approves a request with typed_back. */
MUST_USE enum err device_digits_new(struct arena *, struct str *ret);
enum err device_decide(struct store *, void *device_decision);

#endif
