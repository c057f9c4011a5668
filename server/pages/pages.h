/*
 * What each page shows: one struct per template in templates/, the argument of
 * its generated function page_<name>(struct buf *, const struct page_<name> *).
 * Every page begins with struct page, which the layout uses.
 */
#ifndef SERVER_PAGES_PAGES_H
#define SERVER_PAGES_PAGES_H

#include "lib/base/form.h"
#include "server/pages/html.h"

#include "languages_gen.h" /* enum language, generated from templates/messages */

struct language_link {
	struct str tag, name;
};

struct page {
	enum language language;
	struct str username; /* empty: nobody is signed in */
	bool is_admin;
	bool has_apps;                         /* people may have clients of their own */
	struct str csrf_token;                 /* for every form of the page, sign-out included */
	struct str here;                       /* the address that leads back to this page */
	const struct language_link *languages; /* the others */
	size_t languages_count;
	struct str brand; /* the name of this service */
	bool has_logo, has_accent;
	struct proven_uri support, terms; /* the operator's, or empty */
};

/* Another server to sign in with. */
struct provider_row {
	struct str name; /* in addresses */
	struct str label;
	struct str next; /* where to go afterwards */
	bool confirm;    /* who is signed in is asked to prove it anew */
	bool was_last;   /* by which somebody signed in on this browser last */
	bool is_branch, is_cup, is_peaks, is_window, is_key; /* its mark */
};

struct page_login {
	struct page page;
	struct str username;
	struct str next;        /* where to go afterwards */
	struct str client_name; /* on whose behalf, if known */
	bool for_device;        /* to connect one */
	bool confirm;           /* who is signed in is asked to prove it anew */
	bool operates;          /* because of what they want to change */
	struct str error;       /* a whole sentence, or empty */
	const struct provider_row *providers;
	size_t providers_count;
};

/* Somebody new, whose name is taken or missing. */
struct page_provider_name {
	struct page page;
	struct str label; /* of the other server */
	struct str username;
	struct str error;
};

/* Somebody new, whom an admin has to approve. */
struct page_provider_waiting {
	struct page page;
	struct str label;
	struct str username;
};

struct connection_row {
	struct str id;
	struct str label;
	struct str username; /* there */
	struct str since_ago;
	struct str used_ago;
};

struct page_account_connections {
	struct page page;
	struct str done;
	struct str error;
	const struct connection_row *connections;
	size_t connections_count;
	const struct provider_row *providers;
	size_t providers_count;
};

struct page_logout {
	struct page page;
	struct str next; /* where the person was going: signing in leads back */
	struct local_way back;
};

/* A client asks to sign its user out. */
struct page_end_session {
	struct page page;
	struct str client_name; /* empty: not known */
	const struct form_field *fields;
	size_t fields_count;
};

/* Before a browser is sent elsewhere at the wish of somebody we do not know to be
 * welcome there: a link, and a person decides. */
struct page_leave {
	struct page page;
	struct str client_name;
	struct str problem; /* what is wrong with the request; empty: nothing is */
	struct str origin;
	struct str method; /* "get" or "post" */
	struct proven_uri action;
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
	bool is_heavy;    /* lasting, or power over others */
	bool is_admin;
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
	struct str asked_ago;  /* "2 minutes" */
	bool other_network;    /* asked from another address than this browser's */
	bool confirms_network; /* from another network, and that has to be confirmed */
	bool refuses_network;  /* from another network, and so nobody may approve it */
	bool disowned_network; /* somebody said of a device there that it was not theirs */
	struct str resource;   /* the servers it is for, if they were named */
};

/* Step 3: what was decided. */
struct page_device_result {
	struct page page;
	bool approved;
	bool denied; /* neither: it has expired */
	struct str client_name;
	struct str digits; /* to be typed at the device; empty: none */
};

/* A client asks for access in the code flow. */
struct page_consent {
	struct page page;
	struct str request_id;
	struct str client_name;
	struct str redirect_origin; /* where the answer goes */
	bool is_local;              /* to an application on the person's own computer */
	struct str shown;           /* what is asked, as the form gives it back */
	struct str resource;        /* the servers it is for, if they were named */
	const struct scope_words *scopes;
	size_t scopes_count;
};

/* A request of the code flow that has been answered. */
struct page_authorize_done {
	struct page page;
	bool approved;
	struct str client_name;
	struct proven_uri client_page; /* empty: it has none */
};

/* response_mode=form_post: the answer as a form for the client. */
struct page_form_post {
	struct page page;
	struct proven_uri action;
	struct str client_name;
	const struct form_field *fields;
	size_t fields_count;
};

/* What is known of the user, and the password form. */
struct web_link {
	struct str label;
	struct local_way way;
	bool is_here;
	bool is_grave; /* asks first */
};

struct page_account {
	struct page page;
	struct str full_name;
	struct str email;
	bool is_email_verified;
	struct str since_ago, since_at;
	bool has_password;
	struct str done; /* a whole sentence, or empty */
	struct str error;
	bool current_is_wrong; /* which of the fields the error is about */
	bool new_is_wrong;
	bool again_is_wrong;
};

struct browser_row {
	struct str id;
	struct str proof; /* that this user was shown it */
	struct str software;
	struct str ip;
	struct str since_ago, since_at; /* "2 hours", and when exactly */
	struct str used_ago, used_at;
	bool is_this; /* the one that looks at the page */
};

struct family_row {
	struct str id;
	struct str proof; /* that this user was shown it */
	struct str client_name;
	struct str scope;
	struct str software;
	struct str ip;
	struct str since_ago, since_at;
	struct str used_ago, used_at; /* empty: never since */
	bool is_device;
	bool is_disabled;
};

struct page_account_sessions {
	struct page page;
	struct str done;
	const struct browser_row *browsers;
	size_t browsers_count;
	struct str next_browser; /* the id to go on behind, or empty */
	const struct family_row *families;
	size_t families_count;
	/* What narrows the families, as the next page has to say it again. */
	const struct web_link *tabs;
	size_t tabs_count;
	struct str status;
	struct str search;
	struct local_way next;
	bool is_narrowed;
};

struct app_row {
	struct str id;
	struct str proof; /* that this user was shown it */
	struct str client_name;
	const struct scope_words *scopes;
	size_t scopes_count;
	struct str since_ago, since_at;
	struct str used_ago, used_at; /* or empty */
	struct str families;          /* how many; empty: none */
	bool is_remembered;
};

struct page_account_authorizations {
	struct page page;
	struct str done;
	const struct app_row *apps;
	size_t apps_count;
	struct str next;
};

/* ---- what lib/ops says, as pages: server/web ---- */

struct web_value {
	struct str label;
	struct str text; /* empty: none */
	struct str at;   /* of a time: when exactly */
	struct local_way way;
	bool is_code, is_state, is_good, is_bad;
	const struct web_value *words;
	size_t words_count;
};

struct web_row {
	const struct web_value *cells;
	size_t cells_count;
	const struct web_link *links;
	size_t links_count;
};

struct web_frame {
	struct str nav;
	const struct web_link *places; /* all the lists */
	size_t places_count;
	struct str title;
	struct str done; /* what has just been done, or empty */
};

struct web_choice {
	struct str name;
	struct str value;
	struct str label;
	bool is_chosen;
};

/* One of its kinds; help stands below it. */
struct web_field {
	struct str name, label, help, value;
	bool is_text, is_lines, is_secret, is_choice, is_flag, is_set;
	bool is_needed;
	const struct web_choice *choices; /* boxes, unless it is a choice */
	size_t choices_count;
	bool is_first;
};

struct page_web_list {
	struct page page;
	struct web_frame frame;
	struct local_way way;           /* of this list, for what narrows it */
	struct str tab_name, tab_value; /* what its tabs say, which the filters keep */
	struct local_way back;          /* whose list it is, or empty */
	const struct web_link *tabs;
	size_t tabs_count;
	const struct web_field *filters;
	size_t filters_count;
	struct local_way make; /* the form for a new one, or empty */
	struct str make_label;
	struct local_way follow; /* the same, shown anew every few seconds */
	const struct web_link *links;
	size_t links_count;
	const struct web_value *columns;
	size_t columns_count;
	const struct web_row *rows;
	size_t rows_count;
	bool has_acts;
	struct local_way next;
	bool is_narrowed;
};

struct web_tile {
	struct str label, value;
	struct local_way way;
	bool is_urgent;
};

struct page_web_overview {
	struct page page;
	struct web_frame frame;
	const struct web_tile *tiles;
	size_t tiles_count;
	bool is_ready;
	struct str reason;
	const struct web_value *columns;
	size_t columns_count;
	const struct web_row *rows;
	size_t rows_count;
};

struct page_web_item {
	struct page page;
	struct web_frame frame;
	struct local_way back; /* the list */
	struct str note;
	const struct web_value *values;
	size_t values_count;
	const struct web_link *links;
	size_t links_count;
	struct local_way next; /* there is more */
};

struct page_web_form {
	struct page page;
	struct web_frame frame;
	struct str error;
	struct local_way action, back;
	struct str version; /* of what is changed, or empty */
	struct str boxes;   /* the fields of which nothing comes if nothing is set */
	struct str note;
	const struct web_field *fields;
	size_t fields_count;
	struct str submit;
};

struct page_web_ask {
	struct page page;
	struct web_frame frame;
	struct str question;
	struct str error;
	struct local_way action, back;
	struct str version;
	struct str boxes;
	const struct web_value *counts; /* of what it touches */
	size_t counts_count;
	const struct web_field *fields;
	size_t fields_count;
	struct str submit;
	bool is_final, is_grave;
};

/* What is shown once. */
struct page_web_once {
	struct page page;
	struct web_frame frame;
	const struct web_value *values;
	size_t values_count;
	struct local_way back;
};

struct page_invitation {
	struct page page;
	struct str token;
	struct str username, full_name;
	struct str error;
	bool again_is_wrong;
};

struct page_home {
	struct page page;
	const struct family_row *devices; /* connected since the sign-in before this one */
	size_t devices_count;
};

struct page_error {
	struct page page;
	int64_t status;
	struct str title;
	struct str message;
	struct local_way way; /* on */
	struct str way_label;
	struct str request_id;
	bool is_ours; /* our failure: worth reporting */
};

#endif
