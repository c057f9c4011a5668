/*
 * Forms for operations: fields by their kinds, with what there is now or what was typed.
 */
#ifndef SERVER_WEB_FORM_H
#define SERVER_WEB_FORM_H

#include "server/web/draw.h"

struct web_controls {
	const struct web_field *fields;
	size_t count;
	struct str boxes; /* see read.c */
};

/* What an operation takes.  now: the thing as it is, or NULL.  What the form of this exchange
 * said takes its place. */
struct web_controls web_controls(struct exchange *, const struct op *, const struct json *now);
/* Those among names only. */
struct web_controls web_controls_of(
	struct exchange *, const struct op *, const struct json *now, const char *names);
/* What narrows a list, but for what its tabs do. */
const struct web_field *web_filters(
	struct exchange *, const struct op *, const struct op_field *tabs, size_t *ret_count);
/* Its columns and rows alone. */
const struct web_value *web_columns(struct exchange *, const struct op *, size_t *ret_count);
const struct web_row *web_rows(
	struct exchange *, const struct op *, const struct json *answer, size_t *ret_count);
/* The whole page of a list. */
enum err web_draw_list(struct exchange *, const struct face *, const struct json *answer);
/* The form of NEW, CREATE, EDIT or UPDATE, with what is wrong with it. */
enum err web_draw_form(struct exchange *, const struct face *, const struct web_answer *now,
	int status, struct str error);
/* A file of the audit trail. */
enum err web_export(struct exchange *);
/* The sentence for an error of an operation. */
struct str web_problem(struct exchange *, enum err);

#endif
