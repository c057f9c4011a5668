/*
 * What an operator can see and do, said once.
 *
 * A resource is a noun; it has fields and operations.  This is data only: the server answers
 * from it (server/admin/rows.h, server/routes.c), `authgate admin` reads options, help,
 * completion and questions in it, docs/openapi.yaml and authgate-admin(8) are printed from it.
 *
 * One .def list per noun; each row names its resource, and rows of a resource stand together:
 *
 *	RESOURCE(id, "noun", "plural", "Schema", name_field, "what names one", "ID of an example",
 *"about") FIELD(resource, KIND, member, name, places, "Label", flag, choices, "help")
 *	EXTRA(resource, KIND, name, places, "Label", flag, choices, "help")
 *	OP(resource, id, "verb", METHOD, "/path", EFFECT, EVENT, says, ANSWER, row, 'key',
 *		"help", question, example)
 *	ARG(op, KIND, name, places, "Label", flag, choices, "help")
 *	WHEN(op, member, "words")
 *	UNDO(op, opposite)
 *	END(resource)
 *
 * FIELD: `member` is where it stands in the C struct of a row; only server/admin/rows.c looks.
 * EXTRA has no such place: it is only said, or shown once, or written by its own handler.
 * name: in JSON, in queries, and --name-with-dashes unless flag says otherwise.
 * OP: EVENT names a row of lib/audit/events.def, or NONE; `row` is the resource whose fields the
 * answer has.  ARG: what one operation takes alone, as OP_BODY says.  WHEN: it does something only
 * where this member of a row is one of the words; the server decides, a screen does not offer it
 * elsewhere.  UNDO: which operation takes back what it did.
 *
 * To add a field: a member where it is stored, and a row here.  To add an operation: a row here,
 * and http_admin_<resource>_<id> in server/admin; without it the program does not link.
 */
#ifndef LIB_OPS_OPS_H
#define LIB_OPS_OPS_H

#include "lib/base/str.h"

/* How a value travels and looks. */
enum op_kind {
	OP_ID,       /* text, of a row */
	OP_TEXT,     /* text */
	OP_CHOICE,   /* text, one of the choices */
	OP_WORDS,    /* an array of text; choices, if any, are what may be said */
	OP_FLAG,     /* true or false */
	OP_NUMBER,   /* a whole number */
	OP_TIME,     /* text, RFC 3339 in UTC */
	OP_DURATION, /* text, as 90m, 24h or 30d */
	OP_SECRET,   /* text; never an argument of a command, shown once */
};

enum op_place {
	OP_LIST = 1 << 0,   /* a column where rows are shown as a table */
	OP_SHOW = 1 << 1,   /* a member of every answer that has a row */
	OP_ONCE = 1 << 2,   /* a member of the answer that reveals a secret */
	OP_CREATE = 1 << 3, /* may be said when one is made */
	OP_EDIT = 1 << 4,   /* may be said later */
	OP_NEED = 1 << 5,   /* must be said when one is made, or for this operation */
	OP_FILTER = 1 << 6, /* ?name= narrows a list */
	OP_ALWAYS = 1 << 7, /* never left out of an answer */
	OP_BLANK = 1 << 8,  /* a choice that may be empty */
	OP_WINDOW = 1 << 9, /* limit and after: of operations only */
	OP_BODY = 1 << 10,  /* the operation's own ARG rows: of operations only */
};

enum op_effect {
	OP_LOOKS,    /* shows, changes nothing */
	OP_CHANGES,  /* done without a question */
	OP_STOPS,    /* can be undone: asks y/N */
	OP_DESTROYS, /* cannot: asks for the name */
};

enum op_answer {
	OP_DONE,    /* {"ok": true} */
	OP_ITEM,    /* the fields with OP_SHOW */
	OP_MADE,    /* those, and those with OP_ONCE; status 201 */
	OP_REVEALS, /* the fields with OP_ONCE */
	OP_ROWS,    /* a list under the plural, each as OP_ITEM */
};

struct op_field {
	const char *name;
	enum op_kind kind;
	unsigned places;
	const char *label;
	const char *flag;    /* without dashes */
	const char *choices; /* words, or NULL */
	const char *help;    /* a sentence without its full stop */
};

enum resource_id {
#define RESOURCE(id, ...) RESOURCE_##id,
#include "lib/ops/all.def"
	RESOURCE_COUNT
};

enum op_id {
#define OP(resource, id, ...) OP_##resource##_##id,
#include "lib/ops/all.def"
	OP_COUNT
};

/* Where each field stands in op_fields. */
enum field_id {
#define RESOURCE(id, ...)                        FIELDS_OF_##id, FIELDS_BEFORE_##id = FIELDS_OF_##id - 1,
#define FIELD(resource, kind, member, name, ...) FIELD_##resource##_##name,
#define EXTRA(resource, kind, name, ...)         FIELD_##resource##_##name,
#define END(id)                                  FIELDS_END_##id, FIELDS_LAST_##id = FIELDS_END_##id - 1,
#include "lib/ops/all.def"
	FIELD_COUNT
};

struct resource {
	enum resource_id id;
	const char *noun;   /* of the command; NULL for a row that has no operations */
	const char *plural; /* the member that holds a list */
	const char *schema;
	const char *name_field; /* what people call one; NULL: its id */
	const char *id_help;    /* what an operation takes as its ID */
	const char *example_id;
	const char *about;
	const struct op_field *fields; /* op_fields from first_field on */
	size_t first_field;
	size_t field_count;
};

struct op {
	enum op_id id;
	enum resource_id resource;
	const char *verb;
	const char *method;
	const char *path; /* below OPS_ROOT; ":name" is an ID of the command line */
	enum op_effect effect;
	const char *event; /* the row of lib/audit/events.def; "NONE" */
	unsigned says;     /* which places of the fields it takes; OP_BODY, OP_WINDOW */
	enum op_answer answer;
	enum resource_id row; /* whose fields the answer has */
	char key;             /* of the console */
	const char *help;
	const char *question; /* %s is what it is done to; NULL if it does not ask */
	const char *example;  /* options that make sense together, or NULL */
};

#define OPS_ROOT "/api/admin/v1"

extern const struct resource resources[RESOURCE_COUNT];
extern const struct op_field op_fields[FIELD_COUNT];
extern const struct op ops[OP_COUNT];

/* The i-th thing that an operation takes, behind the ids of its path: fields of its
 * resource, its own arguments, limit and after.  NULL behind the last.  A GET takes
 * them as its query, the others as a JSON object. */
const struct op_field *op_input(const struct op *, size_t i);
/* Whether it must be said for this operation. */
bool op_needs(const struct op *, const struct op_field *);
/* The input of that name, or of that option ("redirect-uri"); NULL if there is none. */
const struct op_field *op_input_named(const struct op *, struct str name);
const struct op_field *op_input_flagged(const struct op *, struct str flag);
/* The option of a field without its dashes: "redirect-uri", "password-stdin". */
const char *op_flag(const struct op_field *, char buffer[static 64]);
/* Whether it takes a body that is JSON. */
bool op_has_body(const struct op *);
/* The bytes of the i-th parameter of the path, without the colon; empty behind the last. */
struct str op_param(const struct op *, size_t i);
size_t op_param_count(const struct op *);
/* In which state of a row an operation does something. */
struct op_condition {
	enum op_id op;
	const char *member, *words;
};
/* NULL: it does something in any. */
const struct op_condition *op_when(const struct op *);
/* What takes it back; NULL if nothing does. */
const struct op *op_undo(const struct op *);
/* Which places a row of its answer has. */
unsigned op_shows(const struct op *);

/* By noun; NULL if there is none.  By noun and verb. */
const struct resource *resource_named(struct str noun);
const struct op *op_named(const struct resource *, struct str verb);
const struct op_field *resource_field(const struct resource *, struct str name);

#endif
