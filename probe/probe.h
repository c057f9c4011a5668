/*
 * A test of anybody's device grant, from outside: what RFC 8628 and its neighbours ask of a
 * server, and the manners that they leave open.  It is an ordinary client that looks closely; it
 * needs a client id, and somebody who approves and denies.
 *
 * The cases are one table (cases.c), run in its order; what one of them learns, such as where the
 * endpoints are, the later ones use.  A server that cannot be reached at all is no result.
 */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "clients/token_endpoint.h"

struct probe_options {
	struct str issuer;
	struct client_identity client; /* without an id only what needs none is tried */
	struct str other_client_id;    /* empty: one that does not exist stands in for it */
	struct str scope;              /* empty: none is asked for */
	struct str ca_file;
	const char *approve_command; /* NULL: a person is asked, if there is one */
	const char *deny_command;
	int64_t patience_s; /* for the end of a code's life, and for a person */
	bool asks_person;   /* standard error is read by somebody */
	bool refresh_storm; /* only that */
	bool intrusive;     /* guess codes */
	int cancel_fd;
};

enum probe_result { PROBE_PASS, PROBE_FAIL, PROBE_SKIP };

struct probe_finding {
	const char *id;      /* "poll.pending" */
	const char *section; /* "RFC 8628 3.5" */
	const char *title;   /* what has to be so */
	enum probe_result result;
	struct str why; /* of a failure or a skip; empty otherwise */
	int64_t took_ms;
};

/* What --refresh-storm counted. */
struct probe_storm {
	int64_t processes;
	int64_t rounds;
	int64_t requests;
	int64_t lost_replies;
	int64_t restarts;   /* of processes */
	int64_t unanswered; /* processes that gave up */
	int64_t families;   /* sign-ins that were needed */
	int64_t successors; /* different refresh tokens that were given out */
	int64_t sign_outs;  /* refusals of a token that an honest process held */
};

struct probe_report {
	struct str issuer;
	struct str client_id;
	const struct probe_finding *findings;
	size_t count;
	const struct probe_storm *storm; /* NULL: there was none */
};

/* Called as each case ends. */
typedef void probe_listener(void *context, const struct probe_finding *);

/* Runs all cases.  ERR_NETWORK: nobody answers there; ERR_MALFORMED: no issuer's address;
 * ERR_CANCELLED.  Whatever a server did wrong is OK, and in the report. */
MUST_USE enum err probe_run(struct arena *, const struct probe_options *, probe_listener *tell,
	void *context, struct probe_report *ret, struct diag *);

/* Cases with this result. */
size_t probe_report_count(const struct probe_report *, enum probe_result);
const char *probe_result_word(enum probe_result);
/* One line for a person, as it ends; then the sum. */
struct str probe_finding_line(struct arena *, const struct probe_finding *);
struct str probe_report_text(struct arena *, const struct probe_report *);
struct str probe_report_json(struct arena *, const struct probe_report *);
/* As test runners read it. */
struct str probe_report_junit(struct arena *, const struct probe_report *);

#endif
