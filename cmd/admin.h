/*
 * The actions of `authgate admin`: one row each of the table in
 * cmd/admin_actions.c, which is all that a new one needs.
 */
#ifndef CMD_ADMIN_H
#define CMD_ADMIN_H

#include <stdbool.h>
#include <stddef.h>

/* Of a GET they become the query. */
enum admin_option_kind {
	ADMIN_TEXT,  /* --name VALUE -> "member": "VALUE" */
	ADMIN_LIST,  /* may be given again, and words split at blanks: an array */
	ADMIN_FLAG,  /* "member": true */
	ADMIN_STDIN, /* the first line of standard input: secrets never are arguments */
};

struct admin_option {
	const char *flag;   /* "--redirect-uri" */
	const char *member; /* "redirect_uris" */
	enum admin_option_kind kind;
};

struct admin_action {
	const char *noun;
	const char *verb;
	const char *method;
	const char *path; /* below /api/admin/v1; "%s" is the ID of the command line */
	const char *list; /* the member of the reply that is a list, NULL for one object */
	const char *const *columns;         /* what a table of it shows; NULL-terminated */
	const struct admin_option *options; /* ended by a NULL flag; NULL: no body */
	bool is_destructive;                /* asks, unless --yes */
	const char *help;
};

extern const struct admin_action admin_actions[];
extern const size_t admin_actions_count;

#endif
