/*
 * What the cases share: the state of a run, requests, judging answers, codes and their pace.
 * A case is a function that ends in probe_pass, probe_fail or probe_skip.
 */
#ifndef PROBE_CASE_H
#define PROBE_CASE_H

#include "lib/base/form.h"
#include "lib/base/json.h"
#include "lib/http/fetch.h"
#include "probe/probe.h"

/* ---- answers ---- */

struct answer {
	int status;      /* 0: there was none, and why says why not */
	struct str why;  /* fit for a terminal */
	struct str head; /* header lines */
	struct str type; /* of the content, as sent */
	struct str body;
	const struct json *json; /* NULL if the body is no JSON object */
	struct str error;        /* the OAuth error; empty if there is none */
	int64_t at_ms;           /* when it had come */
};

/* A device code and its user code (RFC 8628 section 3.2), and when it was asked about last. */
struct code {
	struct str device_code;
	struct str user_code;
	struct str uri;
	struct str complete; /* may be empty */
	int64_t interval_s;
	int64_t expires_ms;   /* by the clock of clients/bootclock.h */
	int64_t last_poll_ms; /* when the last poll's answer had come; 0: none yet */
};

struct kept_json {
	struct json *json;
	struct kept_json *next;
};

enum { DOCUMENT_OAUTH, DOCUMENT_OPENID, DOCUMENTS };
enum { SAMPLE_MAX = 12 };

struct probe {
	struct arena *arena;
	const struct probe_options *options;
	struct answer documents[DOCUMENTS];
	const struct json *metadata; /* of the first that is one; NULL: there is none */
	struct str token_endpoint;   /* empty: unknown, or not safe to use */
	struct str device_endpoint;
	struct answer first; /* of the device endpoint */
	struct code oldest;  /* of the same; kept until it expires */
	struct code sample[SAMPLE_MAX];
	size_t sample_count;
	struct answer pending; /* of the first poll */
	struct answer tokens;  /* of the first redemption */
	struct code redeemed;
	struct code denied;
	struct probe_storm *storm; /* NULL until it begins */
	struct str first_refresh, last_refresh;
	struct kept_json *documents_kept;
	struct str why;
	bool is_cancelled;
};

/* ---- the result of a case ---- */

enum probe_result probe_pass(struct probe *);
enum probe_result probe_fail(struct probe *, const char *format, ...) PRINTF_LIKE(2, 3);
enum probe_result probe_skip(struct probe *, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- requests (wire.c) ---- */

struct wire {
	struct str url;
	struct str form;    /* with p set: POST */
	struct str json;    /* with p set: POST of that */
	const char *method; /* NULL: GET or POST */
	const char *origin; /* not NULL: as a page of there would ask */
	bool is_impatient;  /* 429 is an answer */
	bool has_no_client; /* no client authentication is added */
};

/* Asks; 429 is waited for unless the wire is impatient. */
void probe_ask(struct probe *, const struct wire *, struct answer *ret);
/* Asks the same `count` times at the same moment. */
void probe_ask_together(struct probe *, const struct wire *, size_t count, struct answer *ret);
/* A form with the client in it, for a grant (NULL: none) and up to two more fields. */
struct str probe_form(struct probe *, const char *grant, const char *name, struct str value);
/* The same as somebody else. */
struct str probe_form_of(struct probe *, struct str client_id, const char *grant, const char *name,
	struct str value);
/* A client that is not the one under test. */
struct str probe_stranger(const struct probe *);
/* "status 400, error invalid_grant", fit for a terminal. */
const char *probe_words(struct probe *, const struct answer *);
/* Text of a server, fit for a terminal and not long. */
struct str probe_clean(struct probe *, struct str);
struct str probe_header(const struct answer *, const char *name);
bool probe_is_no_store(const struct answer *);
bool probe_is_json(const struct answer *);
/* Passes if the answer refuses with one of these errors (words) and status 400, or 401. */
enum probe_result probe_expect_error(struct probe *, const struct answer *, const char *errors);

/* ---- codes (code.c) ---- */

#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

/* What a good answer of the device endpoint holds; false if something is missing. */
bool probe_code_read(const struct answer *, struct code *ret);
/* A new one; false with the reason in p->why. */
bool probe_code_new(struct probe *, struct code *ret);
/* Waits until its interval has passed since the last poll, and `more_s`. */
void probe_code_wait(struct probe *, const struct code *, int64_t more_s);
void probe_sleep_until(struct probe *, int64_t bootclock_ms);
/* Asks for the tokens of a code, at once. */
void probe_poll(struct probe *, struct code *, struct answer *ret);
/* The same, and 429 is an answer. */
void probe_poll_hastily(struct probe *, struct code *, struct answer *ret);
/* The same as another client, or with another text in place of the device code. */
void probe_poll_as(
	struct probe *, struct str client_id, struct str device_code, struct answer *ret);
bool probe_is_pending(const struct answer *);
bool probe_is_slow_down(const struct answer *);
/* Polls, as told to, until the code is decided; at most `polls` times. */
void probe_poll_until_decided(struct probe *, struct code *, int polls, struct answer *ret);

/* ---- a person who decides (person.c) ---- */

bool probe_has_person(const struct probe *, bool approve);
/* Has this code approved or denied; passes once that is done. */
enum probe_result probe_decide(struct probe *, const struct code *, bool approve);

/* ---- the cases ---- */

typedef enum probe_result probe_case_run(struct probe *);

/* metadata.c */
probe_case_run probe_metadata_found, probe_metadata_type, probe_metadata_issuer,
	probe_metadata_device_endpoint, probe_metadata_token_endpoint, probe_metadata_grant,
	probe_metadata_safe, probe_metadata_agree, probe_metadata_iss, probe_metadata_methods,
	probe_metadata_cors;
/* request.c */
probe_case_run probe_request_answer, probe_request_type, probe_request_no_store,
	probe_request_expires, probe_request_interval, probe_request_uri, probe_request_uri_plain,
	probe_request_complete, probe_request_unknown_client, probe_request_no_client,
	probe_request_get, probe_request_json, probe_request_repeated, probe_request_scope,
	probe_request_error_json, probe_request_cors;
/* sample.c */
probe_case_run probe_sample_unique, probe_sample_device_code, probe_sample_user_code,
	probe_sample_apart, probe_sample_typable;
/* poll.c */
probe_case_run probe_poll_pending, probe_poll_error_json, probe_poll_no_store, probe_poll_slow_down,
	probe_poll_recovers, probe_poll_honest, probe_poll_unknown_code, probe_poll_no_code,
	probe_poll_altered_code, probe_poll_user_code, probe_poll_unknown_client,
	probe_poll_no_client, probe_poll_unknown_grant, probe_poll_get, probe_poll_hostile,
	probe_poll_cors, probe_poll_repeated;
/* decision.c */
probe_case_run probe_approve_bound, probe_approve_tokens, probe_approve_no_store,
	probe_approve_type, probe_approve_expires, probe_approve_scope, probe_approve_userinfo,
	probe_approve_once, probe_approve_parallel, probe_deny_refused, probe_deny_stays,
	probe_expire_refused;
/* page.c */
probe_case_run probe_page_answers, probe_page_frames, probe_page_cors, probe_page_harmless,
	probe_page_escapes, probe_page_referrer;
/* guess.c */
probe_case_run probe_guess_device_codes, probe_guess_user_codes, probe_guess_requests;
/* storm.c */
probe_case_run probe_storm_begin, probe_storm_honest, probe_storm_one_successor, probe_storm_alive,
	probe_storm_theft;

#endif
