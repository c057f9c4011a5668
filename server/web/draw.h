/*
 * Answers of operations as what a page shows: fields of lib/ops with their labels, links to what
 * they name, and what can be done.
 */
#ifndef SERVER_WEB_DRAW_H
#define SERVER_WEB_DRAW_H

#include "server/pages/page.h"
#include "server/web/run.h"

/* The lists, and which of them this page belongs to. */
struct web_frame web_frame(struct exchange *, const struct face *, struct str title);
/* A sentence of the catalogue for what lib/ops calls so; what lib/ops says, if there is none. */
struct str web_words(struct exchange *, const char *key, const char *otherwise);
/* The fields of a row of an answer that have one of these places. */
const struct web_value *web_values(struct exchange *, const struct resource *, unsigned places,
	const struct json *row, size_t *ret_count);
/* What one is called: by its name, or by its id. */
struct str web_name(const struct resource *, const struct json *row);
/* What stands for one in addresses. */
struct str web_key(const struct resource *, const struct json *row);
/* What can be done to one; row may be what a list has of it. */
const struct web_link *web_links(struct exchange *, const struct resource *,
	const struct str params[], const struct json *row, size_t *ret_count);
/* The whole page of a list; title is empty for that of the list itself. */
enum err web_draw_list(struct exchange *, const struct face *, const struct json *answer);
/* "Rotate secret" of rotate-secret. */
struct str web_verb(struct exchange *, const struct op *);

#endif
