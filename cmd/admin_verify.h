/*
 * authgate admin audit verify: signs the ends, goes through all rows page by
 * page, and compares with the heads that were written down elsewhere.
 */
#ifndef CMD_ADMIN_VERIFY_H
#define CMD_ADMIN_VERIFY_H

#include "lib/base/arena.h"
#include "lib/base/diag.h"
#include "lib/base/json.h"

/* How to ask the server: the answer, to be freed, or NULL after a message. */
struct admin_door {
	struct json *(*ask)(void *context, const char *method, const char *path, int *ret_code);
	void *context;
};

/* anchor: a file of anchored heads, or NULL; an exit code. */
int admin_verify(const struct admin_door *, const char *anchor, bool json);

#endif
