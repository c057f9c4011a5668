/*
 * The device authorization grant (RFC 8628) as the device sees it: ask for a
 * code, show it, poll until the person has decided.
 */
#ifndef CLIENTS_DEVICE_H
#define CLIENTS_DEVICE_H

#include "clients/token_endpoint.h"

/* The answer of section 3.2, judged: the code is printable ASCII, the addresses
 * are safe to show and to open. */
struct device_authorization {
	struct str device_code; /* secret: never shown, never logged */
	struct str user_code;
	struct str verification_uri;
	struct str verification_uri_complete; /* may be empty */
	int64_t expires_in_s;
	int64_t interval_s;
};

/* How long to wait before the next poll. Pure, so that a test can watch it. */
struct device_pace {
	int64_t interval_s; /* grows by 5 with every slow_down, for good */
	int64_t wait_s;     /* before the next poll; doubles while the server is away */
};

void client_device_pace_start(struct device_pace *, int64_t interval_s);
/* Takes the outcome of a poll: OK to go on waiting (pending, slow_down, or the
 * server is away), or the outcome itself. */
MUST_USE enum err client_device_pace_next(struct device_pace *, enum err outcome);

/* Judges the answer; errors as client_answer_open reports them. */
MUST_USE enum err client_device_judge_authorization(struct arena *, int status, struct str body,
	struct device_authorization *ret, struct diag *);

struct device_flow {
	struct arena *arena;
	const struct discovery *server;
	struct client_identity client;
	struct str scope;  /* may be empty: what the client is registered for */
	int cancel_fd;     /* readable: ERR_CANCELLED */
	int64_t timeout_s; /* 0: as long as the code lives */
	/* Digits that the page shows have to be typed here before there are tokens, if the server
	 * wants it: an extension of authgate's (docs/DEVICE.md).  Without it such a server's
	 * refusal is the result, ERR_CONFIRMATION_REQUIRED. */
	bool types_digits;
	enum err (*ask_digits)(void *context, bool again, struct str *ret);
	/* Called about once a second while waiting, with what is left. */
	void (*tick)(void *context, int64_t left_s);
	void *context;
};

MUST_USE enum err client_device_request(
	const struct device_flow *, struct device_authorization *ret, struct diag *);
/* Polls until decided. ERR_EXPIRED_TOKEN when the code's life has passed, by a
 * clock that counts suspended time as well; ERR_ACCESS_DENIED; ERR_CANCELLED. */
MUST_USE enum err client_device_wait(const struct device_flow *,
	const struct device_authorization *, struct token_reply *ret, struct diag *);

#endif
