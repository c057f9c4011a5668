/*
 * What the files of `authgate admin` share.  Nouns, verbs and options are lib/ops; to add one
 * nothing changes here.
 */
#ifndef CMD_ADMIN_H
#define CMD_ADMIN_H

#include "admin-tui/tui.h"
#include "cmd/options.h"
#include "lib/door/door.h"

#include <stdio.h>

enum { ADMIN_VALUES_MAX = 64 };

/* Beside those of sysexits.h: as those of the user's commands. */
enum {
	EXIT_CANCELLED = 3,
	EXIT_SIGN_IN = 4,
	EXIT_NETWORK = 6,
	EXIT_NOTHING_MATCHED = 9,
};

/* The command line, understood. */
struct admin_call {
	struct arena *arena;
	const struct resource *resource; /* NULL: no noun was given */
	const struct op *op;             /* NULL: no verb was given */
	struct str ids[DOOR_IDS_MAX];
	size_t id_count;
	struct door_value values[ADMIN_VALUES_MAX];
	size_t value_count;
	/* what the command itself takes: */
	bool help, json, yes, offline, force;
	const char *socket, *server, *profile, *client_id, *account, *ca_file;
	const char *format;            /* of an export: csv or jsonl */
	const char *anchor;            /* of a verification: a file */
	struct config_options options; /* of --offline */
	struct tui_run console;        /* without a noun */
	bool is_console;               /* one of its options was given */
	struct offline *offline_server;
};

/* ---- admin_options.c ---- */

/* False after a line on standard error that names the mistake. */
bool admin_options_read(struct admin_call *, int argc, char **argv);
/* The i-th option of an operation: its inputs, what the command adds to it, and what every
 * operation takes (with op NULL only those); NULL behind the last.  *ret_common is whether it is
 * one of the latter. */
const struct op_field *admin_option(const struct op *, size_t i, bool *ret_common);
/* Whether "--no-NAME" is an option too. */
bool admin_option_has_no(const struct op *, const struct op_field *);
/* What stands for a value in help: "NAME", "24h", "public|confidential"; "" for a flag. */
const char *admin_option_value(struct arena *, const struct op_field *);

/* ---- admin_help.c ---- */

/* Of all nouns, of one, or of one operation. */
void admin_help(FILE *, struct arena *, const struct admin_call *);
/* The list of nouns and verbs in docs/man/authgate-admin.8.mdoc. */
void admin_manual(FILE *);

/* ---- admin_describe.c, admin_openapi.c ---- */

/* Everything in lib/ops as one JSON object. */
void admin_describe(FILE *);
/* The admin part of docs/openapi.yaml. */
void admin_openapi(FILE *);

/* ---- admin_show.c ---- */

/* An answer as a table, as lines, or (with json) as it came. */
void admin_show(struct admin_call *, const struct door_answer *);

/* ---- admin_ask.c ---- */

/* Opens the way that the options name; NULL and an exit code after a message. */
struct door *admin_door(struct admin_call *, int *ret_code);
/* Asks; an exit code, after a message if it is not 0.  door_answer_done in any case. */
int admin_ask(struct door *, struct arena *, const struct door_question *, struct door_answer *ret);
/* Writes "authgate: WHY" to standard error, fit for a terminal; returns the code. */
int admin_fail(struct arena *, struct str why, int code);
/* Asks the person, if the operation says so. */
int admin_confirm(struct admin_call *, struct door *);

/* ---- admin_export.c, admin_verify.c ---- */

/* All pages, one in memory at a time. */
int admin_export(struct admin_call *, struct door *);
/* Signs the ends, goes through all rows page by page, and compares with the heads that were
 * written down elsewhere. */
int admin_verify(struct admin_call *, struct door *);

#endif
