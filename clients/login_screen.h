/*
 * What a person, or with --json a program, sees of a sign-in: sentences on
 * standard error, events (one JSON object per line) on standard output.  Holds
 * no token and no device code.
 */
#ifndef CLIENTS_LOGIN_SCREEN_H
#define CLIENTS_LOGIN_SCREEN_H

#include "clients/device.h"
#include "clients/flow_choice.h"
#include "clients/qr.h"
#include "clients/tokenstore.h"

struct login_screen {
	struct arena *arena;
	struct terminal terminal; /* of standard error */
	enum qr_when qr;
	bool json;
	const char *waiting; /* what the waiting line says: for what, and which keys */
	const char *keys;
	bool line_open; /* the waiting line is on the screen, without its end */
};

void client_screen_open(struct login_screen *, struct arena *, enum qr_when, bool json);
/* Which way, and why: one line. */
void client_screen_flow(struct login_screen *, enum login_flow, const char *reason);
/* The address for the browser, which is opening it (or nobody is). */
struct browser_notice {
	struct str issuer;
	struct str url;
	struct str redirect_uri;
	bool opening;
	bool may_switch; /* d changes to a device code */
	bool paste;      /* the address the browser ends at is wanted here */
};
void client_screen_browser(struct login_screen *, const struct browser_notice *);
/* One more line, about something that changed. */
void client_screen_note(struct login_screen *, const char *sentence);
/* The code, the addresses, the QR code. */
void client_screen_code(
	struct login_screen *, struct str issuer, const struct device_authorization *);
/* For device_flow.tick: the context is the screen. */
void client_screen_tick(void *screen, int64_t left_s);
/* Who is signed in, until when, and where that is kept. fresh false: it was so
 * already. */
void client_screen_signed_in(
	struct login_screen *, const struct stored_token *, const char *path, bool fresh);
void client_screen_failed(struct login_screen *, enum err, const struct diag *);

/* "2026-11-24 07:30", local time; "an unknown time" for 0. */
struct str client_local_time(struct arena *, int64_t at_s);

#endif
