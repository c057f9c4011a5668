/*
 * struct exchange: one request and its answer.
 *
 * server/engine/delivery.c makes it from what the socket gave, with copies of everything:
 * nothing in here points into h2o.  A handler is straight-line code
 *
 *	enum err http_thing(struct exchange *x)
 *
 * that parses, reads through x->cx.store, decides, and fills the reply with a
 * reply_ function of server/reply.h.  If it writes, its last step is
 *
 *	return exchange_commit(x, change, arg);
 *
 * The change runs in a transaction on the writer; the reply leaves after
 * COMMIT.  If the change, or the commit, fails, the reply made so far is thrown
 * away and the error takes its place.  A change that finds that somebody else was
 * faster, in a way that a second look may settle, returns ERR_RACE: the handler
 * is then run again, once: a quick one on the writer, any other by a worker.  The
 * guards are not, so the session is the one of the first time.  A handler that
 * returns an error gets the reply of that error in the style of its route.
 *
 * Everything a handler allocates comes from x->cx.arena and ends with it.
 *
 * Its life is a state, which names what comes next.  exchange_enter is the only way from one to
 * the next, and the table behind it (exchange.c) the only place that says which may follow
 * which.  With log.level debug each step is a line.
 *
 *	new ----> routed ----> guarded ----> changing ----> decided ----> sent
 *	   |            |      |  ^  |          |             ^
 *	   |            |      |  '--' other    '-> raced ----|
 *	   |            |      |       lane           |       |
 *	   |            |      |                      '-> changing again
 *	   '------------'------'------------------------------'
 */
#ifndef SERVER_EXCHANGE_H
#define SERVER_EXCHANGE_H

#include "lib/audit/context.h"
#include "lib/base/form.h"
#include "lib/base/ipaddr.h"
#include "lib/base/json.h"
#include "lib/base/lane.h"
#include "lib/base/pool.h"
#include "lib/metrics/tally.h"
#include "lib/store/session.h"
#include "lib/store/store.h"
#include "lib/store/user.h"

enum method {
	METHOD_GET,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD_OTHER,
	METHOD_COUNT
};

struct header {
	struct str name; /* lower case */
	struct str value;
};

/* A path has at most this many ":name" segments, a reply this many headers. */
enum { PATH_PARAMS_MAX = 3, REPLY_HEADERS_MAX = 24, REPLY_BODY_MAX = 1 << 20 };

/* A client that has waited longer has given up; its work is skipped. */
enum { EXCHANGE_DEADLINE_US = LANE_DEADLINE_S * 1000 * 1000 };

struct request {
	enum method method;
	bool head;         /* the method was HEAD: METHOD_GET without the body */
	struct str target; /* as sent: path and query */
	struct str path;   /* decoded, without query; free of NUL */
	struct str query;  /* raw */
	const struct header *headers;
	size_t header_count;
	struct str body;
	int64_t peer_uid;   /* of who came by the admin socket; -1 for everybody else */
	bool offline;       /* there is no socket: server/offline.c */
	struct ipaddr peer; /* the other end of the socket */
	struct ipaddr ip;   /* the client's, behind trusted proxies */
	struct str path_params[PATH_PARAMS_MAX];
};

struct reply {
	int status; /* 0: not decided yet */
	struct str content_type;
	struct header headers[REPLY_HEADERS_MAX];
	size_t header_count;
	struct str body;
	bool body_stays;   /* it is there as long as the program */
	enum err error;    /* what it refuses, or OK */
	struct str policy; /* Content-Security-Policy in place of the common one, or empty */
};

enum exchange_state {
	EXCHANGE_NEW,     /* read from the socket; or a change that is no request's */
	EXCHANGE_ROUTED,  /* has a row: its guards come next */
	EXCHANGE_GUARDED, /* has passed them: its handler comes next */
	EXCHANGE_CHANGES, /* the handler has named a change, for the writer */
	EXCHANGE_RACED,   /* which lost a race: the handler comes next, once more */
	EXCHANGE_CHANGES_AGAIN,
	EXCHANGE_DECIDED, /* the reply is what it will be */
	EXCHANGE_SENT,    /* it has left, or nobody was there to get it */
	EXCHANGE_STATE_COUNT
};

/* What the whole server shares; made by serve.c, read by handlers. */
struct server;
struct route;
struct op;
struct loop;

struct exchange {
	struct job job; /* first: pools queue exchanges */
	enum exchange_state state;
	struct exchange *next; /* finished together, bound for the same loop */
	struct loop *loop;     /* where the reply must leave; server/engine/delivery.c */
	struct arena arena;
	struct context cx; /* cx.arena is &arena, cx.tally is &tally */
	struct tally tally;
	struct server *server;
	const struct route *route;
	struct request request;
	struct form query; /* parsed by the guard */
	struct form form;  /* of a POST with a form body */
	struct reply reply;

	struct json *json; /* of a row that takes one; lives as long as the exchange */

	/* The browser's sign-in, if the row asks for it. */
	bool has_session;
	struct session session;
	struct user user;

	int language;            /* 0, or 1 + enum language: server/pages/language.c */
	struct str ui_locales;   /* languages that the client asked for */
	struct str csrf_visitor; /* the browser that form tokens are for, server/gate/csrf.c */

	int64_t retry_after_s; /* of ERR_TOO_MANY_REQUESTS, if it is known */

	const struct op *op; /* the operation of lib/ops that a page shows or does, or NULL */

	/* The change to commit, NULL if there is none. */
	store_change *change;
	void *change_arg;
	int64_t change_since_us; /* it waits for the database */

	/* Of a change without a request: told when it is done, instead of a loop. */
	void (*finished)(struct exchange *, enum err);
	enum lane lane;        /* of what comes next: its guards, or its handler */
	unsigned lanes_behind; /* bits: those from which the handler asked for another */
	bool counted;          /* it has taken from the limit of its row */
	uint64_t known_as;     /* server/gate/standing.h; 0: a stranger, or nobody has asked */

	int64_t started_us;
};

/* Makes a used exchange ready for the next request; the arena keeps one chunk. */
void exchange_reset(struct exchange *);
/* Goes on to that state.  One that may not follow ends the process. */
void exchange_enter(struct exchange *, enum exchange_state);
/* "guarded" */
const char *exchange_state_name(enum exchange_state);
/* True if it lost a race, so that the handler is run, or has been, for the second time. */
static inline bool
exchange_has_raced(const struct exchange *x)
{
	return x->state == EXCHANGE_RACED || x->state == EXCHANGE_CHANGES_AGAIN;
}
/* True if the writer is to commit, or is committing, its change. */
static inline bool
exchange_changes(const struct exchange *x)
{
	return x->state == EXCHANGE_CHANGES || x->state == EXCHANGE_CHANGES_AGAIN;
}
/* Forgets the reply made so far. */
void exchange_reset_reply(struct exchange *);
/* Names the one change of this exchange; returns OK.  It runs on another thread,
 * after the handler has returned: arg lives in the arena, not on the stack.  Of a failure
 * tells the error that the change returns, no sentence that was set before. */
MUST_USE enum err exchange_commit(struct exchange *, store_change *, void *arg);
/* Sets cx.problem and returns e. */
MUST_USE enum err exchange_problem(struct exchange *, enum err e, const char *format, ...)
	PRINTF_LIKE(3, 4);
/* HEAD is METHOD_GET; what no row can ask for is METHOD_OTHER. */
enum method method_parse(struct str);
/* "GET"; "OTHER" for METHOD_OTHER. */
const char *method_name(enum method);
/* The value of the first header of that (lower-case) name, or an empty view. */
struct str request_header(const struct request *, const char *name);
/* The value of a cookie; empty if absent or if it occurs twice (an attacker on
 * a sibling host can add a second one, but not replace the first). */
struct str request_cookie(const struct request *, const char *name);

#endif
