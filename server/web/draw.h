/*
 * Answers of operations as what a page shows: fields of lib/ops with their labels, links to what
 * they name, and what can be done.
 */
#ifndef SERVER_WEB_DRAW_H
#define SERVER_WEB_DRAW_H

#include "server/pages/page.h"
#include "server/web/run.h"

/* The lists, and which of them this page belongs to; NULL: the page before all of them. */
struct web_frame web_frame(struct exchange *, const struct face *, struct str title);
/* A sentence of the catalogue for what lib/ops calls so; what lib/ops says, if there is none. */
struct str web_words(struct exchange *, const char *key, const char *otherwise);
/* The fields of a row of an answer that have one of these places. */
const struct web_value *web_values(struct exchange *, const struct resource *, unsigned places,
	const struct json *row, size_t *ret_count);
/* The same of those among names only; NULL: all. */
const struct web_value *web_values_of(struct exchange *, const struct resource *, unsigned places,
	const struct json *row, const char *names, size_t *ret_count);
bool web_is_named(const char *names, const char *name);
/* What one is called: by its name, or by its id. */
struct str web_name(const struct resource *, const struct json *row);
/* What stands for one in addresses. */
struct str web_key(const struct resource *, const struct json *row);
/* The pages below the address of an operation, with so many parameters: what can be done to a
 * row of its answer, and what belongs to it. */
const struct web_link *web_links(struct exchange *, const struct op *base, size_t param_count,
	const struct json *row, size_t *ret_count);
/* The page of one of these; NULL if there is none. */
const struct face *web_page_of(const struct resource *);
/* Where an operation leads back to: what it is done to, or the list where that stands.  The page
 * above a page. */
struct str web_way_back(struct exchange *, const struct op *);
struct str web_way_up(struct exchange *, const struct op *);
struct str web_title(struct exchange *, const struct op *);
/* "In words" of in-words. */
struct str web_capital(struct exchange *, const char *);
/* "Rotate secret" of rotate-secret. */
struct str web_verb(struct exchange *, const struct op *);

#endif
