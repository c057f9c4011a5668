/*
 * A route: one row of the table in server/routes.c, and all that the
 * dispatcher enforces about it.  To add one, see docs/CONTRIBUTING.md.
 */
#ifndef SERVER_ROUTE_H
#define SERVER_ROUTE_H

#include "lib/ops/ops.h"
#include "server/exchange.h"

/* How errors of this row are shown. */
enum error_style {
	ERRORS_OAUTH, /* {"error": ...}, no-store */
	ERRORS_PAGE,  /* a page of ours */
	ERRORS_PLAIN, /* the sentence as text: health checks and metrics */
};

enum route_flag {
	ROUTE_SESSION = 1 << 1,     /* load the browser's session if there is one */
	ROUTE_LOGIN = 1 << 2,       /* needs a signed-in user; GET without one goes to /login */
	ROUTE_CSRF = 1 << 3,        /* a POST from one of our forms: token and origin are checked */
	ROUTE_FORM = 1 << 4,        /* the body must be a form */
	ROUTE_ADMIN = 1 << 9,       /* the admin API: server/gate/admin_access.h */
	ROUTE_MAYBE_FORM = 1 << 7,  /* the body may be a form, or nothing */
	ROUTE_JSON = 1 << 8,        /* the body must be JSON */
	ROUTE_MAYBE_JSON = 1 << 14, /* the body may be JSON, or nothing */
	ROUTE_CORS = 1 << 5,        /* other origins may read it, without credentials */
	ROUTE_CACHE = 1 << 6,       /* may be cached; every other reply is no-store */
	ROUTE_VISITOR = 1 << 10,    /* its form may be older than the session: signing in */
	ROUTE_OPERATE = 1 << 11,    /* needs the role admin, as a page: with ROUTE_LOGIN */
	ROUTE_RECENT = 1 << 12, /* needs a sign-in of the last minutes; leads to one, and back */
	ROUTE_KEYS = 1 << 0,    /* waits, on a worker, until the first start has made all keys */
};

/* Which configured limit counts requests to this row (server/gate/limit.c). */
enum limit {
	LIMIT_NONE,
	LIMIT_LOGIN,
	LIMIT_DEVICE_CODE,
	LIMIT_TOKEN,
	LIMIT_DEVICE_VERIFY,
	LIMIT_INTROSPECT,
	LIMIT_AUTHORIZE,
	LIMIT_REGISTER,
	LIMIT_ADMIN,
	LIMIT_USERINFO,
	/* Of no row: */
	LIMIT_CLIENT,  /* every client that has authenticated */
	LIMIT_ACCOUNT, /* passwords tried for a name; lib/account/login_pace.h has its rules */
	LIMIT_COUNT
};

typedef enum err handler(struct exchange *);

struct route {
	enum method method;
	const char *pattern; /* "/device", "/account/sessions/:id/revoke" */
	handler *run;
	enum lane lane; /* where it runs: lib/base/lane.h */
	unsigned flags;
	enum error_style errors;
	enum limit limit;
	size_t body_max; /* 0: BODY_MAX_DEFAULT */
};

enum { BODY_MAX_DEFAULT = 64 * 1024 };

extern const struct route routes[];
extern const size_t routes_count;
/* The operation of a row of the admin API; NULL for any other of these. */
const struct op *route_op(const struct route *);

#endif
