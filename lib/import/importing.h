/* What the parts of from_go.c share. */
#ifndef LIB_IMPORT_IMPORTING_H
#define LIB_IMPORT_IMPORTING_H

#include "lib/audit/context.h"
#include "lib/import/from_go.h"

/* Why something does not come along, or not as it was: rows of the table in
 * reasons.c, with the same names. */
enum reason {
#define REASON(name, table, sentence) REASON_##name,
#include "lib/import/reasons.def"
#undef REASON
	REASON_COUNT
};

struct importing {
	struct context cx; /* cx.store is the target, in a transaction */
	struct store *from;
	struct from_go_report *report;
	struct diag *diag;
	struct arena arena; /* of one row */
	struct secret audit_key;
	bool odd_names; /* the second walk over the users */
	bool has_admin;
	bool add_scopes, add_connections;
	int64_t with_secret, with_rs256; /* clients */
	int64_t reasons[REASON_COUNT];
};

/* Tells it, unless there have been many of that kind and none needs a decision; `what` names
 * the row. */
void importing_note(struct importing *, enum reason, struct str what);
/* The same, with something about this one. */
void importing_note_why(struct importing *, enum reason, struct str what, struct str why);
/* How many more there were of each kind. */
/* One more row of the source. */
void importing_found(struct importing *, enum from_go_table);
void importing_sum_up(struct importing *);
/* The instant, or 0 if there is none that makes sense. */
int64_t importing_time(struct str);
/* Scopes as we write them, one blank between two; ERR_INVALID_SCOPE if they are none. */
MUST_USE enum err importing_scopes(struct importing *, struct str, struct str *ret);
/* A target's error, with its text in the diag. */
enum err importing_failed(struct importing *, enum err, const char *table);
/* The rows of both exist in the target: ERR_NO_ROW if not. */
MUST_USE enum err importing_find(
	struct importing *, struct str user_id, struct str client_id, struct id ret[2]);

MUST_USE enum err importing_users(struct importing *);
MUST_USE enum err importing_clients(struct importing *);
MUST_USE enum err importing_grants(struct importing *);
MUST_USE enum err importing_connections(struct importing *);

#endif
