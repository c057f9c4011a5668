/*
 * An operation of lib/ops, done for a page: by the handler of the API, with its judges and its
 * change, so that there is one meaning of it.  What it would have answered is read again, and
 * drawn.
 *
 * The change waits in the exchange, as the handler left it: the page that is made afterwards
 * leaves when it has been committed.
 */
#ifndef SERVER_WEB_RUN_H
#define SERVER_WEB_RUN_H

#include "server/exchange.h"
#include "server/face.h"

struct web_answer {
	struct json *json;  /* json_free */
	struct str version; /* of the thing, or empty */
};

/* body: JSON, or empty for an operation that takes none; its parameters are those of the address.
 */
MUST_USE enum err web_run(
	struct exchange *, const struct op *, struct str body, struct web_answer *ret);
/* The same for an operation that only looks, beside what the page is about; with a query of its
 * own. */
MUST_USE enum err web_ask(struct exchange *, const struct op *, const struct form_field query[],
	size_t count, struct web_answer *ret);
/* Leaves the answer as it is. */
MUST_USE enum err web_pass(struct exchange *, const struct op *);
/* What the form says, as JSON that the operation takes.  Form fields have the names of those of
 * lib/ops, or of the Go original (server/web/read.c). */
struct str web_read(struct exchange *, const struct op *);
/* The name of a field in forms; with choice, that of the box of one of several. */
struct str web_form_name(
	struct exchange *, const struct op *, const struct op_field *, struct str choice);
/* Whether the form has the field at all. */
bool web_says(const struct form *, struct str name);

#endif
