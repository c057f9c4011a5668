/*
 * What a user lets clients do: for each client the remembered consent and the
 * living families, as one.
 */
#ifndef LIB_OAUTH_AUTHORIZATION_H
#define LIB_OAUTH_AUTHORIZATION_H

#include "lib/audit/context.h"

struct authorization {
	struct id client_id;
	struct str client_name;
	struct str scope;   /* all that was granted, each once */
	int64_t since_ms;   /* of the oldest that was looked at */
	int64_t used_ms;    /* when it last got a token for one of them; 0: it holds none */
	int64_t families;   /* how many it holds, */
	bool has_more;      /* or more than that */
	bool is_remembered; /* it may come back without asking */
};

/* The clients behind `after` in the order of their ids; the zero id starts.  At
 * most limit into list; ret_next is where to go on, or zero at the end. */
MUST_USE enum err authorization_list(const struct context *, struct id user, struct id after,
	struct authorization *list, size_t limit, size_t *ret_count, struct id *ret_next);

#endif
