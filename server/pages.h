/*
 * What each page shows: one struct per template in templates/, the argument of
 * its generated function page_<name>(struct buf *, const struct page_<name> *).
 * Every page begins with struct page, which the layout uses.
 */
#ifndef SERVER_PAGES_H
#define SERVER_PAGES_H

#include "lib/base/form.h"
#include "server/html.h"

enum language { LANGUAGE_EN, LANGUAGE_COUNT };

struct page {
	enum language language;
	struct str username;   /* empty: nobody is signed in */
	struct str csrf_token; /* for every form of the page, sign-out included */
};

struct page_login {
	struct page page;
	struct str username;
	struct str next;        /* where to go afterwards */
	struct str client_name; /* on whose behalf, if known */
	struct str error;       /* a whole sentence, or empty */
};

struct page_logout {
	struct page page;
};

/* A client asks to sign its user out. */
struct page_end_session {
	struct page page;
	struct str client_name; /* empty: not known */
	const struct form_field *fields;
	size_t fields_count;
};

struct page_signed_out {
	struct page page;
};

/* Step 1: enter the code. */
struct page_device {
	struct page page;
	struct str user_code; /* prefilled, as the link had it */
	struct str error;
};

struct scope_words {
	struct str scope;
	struct str words; /* what it lets the client do */
};

/* Step 2: see what asks, and decide. */
struct page_device_review {
	struct page page;
	struct str user_code; /* "WDJB-MJHT" */
	struct str client_name;
	const struct scope_words *scopes;
	size_t scopes_count;
	struct str ip;
	struct str user_agent;
	struct str asked_ago; /* "2 minutes" */
	bool other_network;   /* asked from another address than this browser's */
};

/* Step 3: what was decided. */
struct page_device_result {
	struct page page;
	bool approved;
	struct str client_name;
};

/* A client asks for access in the code flow. */
struct page_consent {
	struct page page;
	struct str request_id;
	struct str client_name;
	struct str redirect_origin; /* where the answer goes */
	const struct scope_words *scopes;
	size_t scopes_count;
};

/* response_mode=form_post: the answer as a form for the client. */
struct page_form_post {
	struct page page;
	struct proven_uri action;
	struct str client_name;
	const struct form_field *fields;
	size_t fields_count;
};

struct page_home {
	struct page page;
};

struct page_error {
	struct page page;
	int64_t status;
	struct str title;
	struct str message;
	struct str request_id;
};

#endif
