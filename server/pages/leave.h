/*
 * The page before a browser leaves for somewhere that somebody else has named: whoever
 * is not signed in, or has a client that nobody has looked at, must not be able to make
 * links of ours that lead where they like (RFC 9700 section 4.11.2).
 */
#ifndef SERVER_PAGES_LEAVE_H
#define SERVER_PAGES_LEAVE_H

#include "server/exchange.h"

struct leave {
	struct str client_name;
	struct str problem; /* what is wrong with the request; empty: nothing is */
	struct str uri;     /* registered by the client */
	bool by_post;
	const struct form_field *fields; /* the answer that goes there */
	size_t count;
};

enum err leave_show(struct exchange *, int status, const struct leave *);

#endif
