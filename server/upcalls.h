/*
 * What lower rooms ask of higher ones.  Includes go down only (docs/ARCHITECTURE.md), so calls
 * that go up are a table of the server, which server/prepare.c fills.
 */
#ifndef SERVER_UPCALLS_H
#define SERVER_UPCALLS_H

#include "server/exchange.h"

struct upcalls {
	/* Of engine, on the way of an exchange: server/gate/dispatch.h, server/gate/ahead.h. */
	bool (*route)(struct exchange *, uint64_t number);
	bool (*is_quick)(const struct exchange *);
	bool (*guard)(struct exchange *);
	void (*read_ahead)(struct exchange *);
	bool (*handle)(struct exchange *);
	bool (*must_rerun)(struct exchange *, enum err);
	void (*committed)(struct exchange *, enum err);
	void (*refused)(struct exchange *, enum err);
	void (*finish)(struct exchange *);
	void (*log)(const struct exchange *);
	/* Of engine, when its reply is decided: server/keep/metrics.h, server/keep/trail.h. */
	void (*count)(const struct exchange *);
	void (*note)(struct exchange *);
	/* Of reply.c: server/web/web.h. */
	void (*error_page)(struct exchange *, enum err);
};

#endif
