/* A form, because a link could not carry an answer by POST. */
#include "server/pages/leave.h"

#include "lib/oauth/redirect.h"
#include "server/pages/page.h"
#include "server/reply.h"

/* By GET a browser replaces the query of the address with the fields. */
static enum err
move_query(struct arena *arena, const struct leave *l, struct page_leave *props)
{
	struct form *query = arena_new(arena, struct form);
	struct str rest = l->uri;
	struct form_field *fields;
	enum err e;

	props->action.uri = str_cut(&rest, '?');
	query->count = 0;
	if (rest.n && (e = form_parse(arena, rest, query, NULL)))
		return e;
	fields = arena_array(arena, struct form_field, query->count + l->count);
	for (size_t i = 0; i < query->count; i++)
		fields[props->fields_count++] = query->fields[i];
	for (size_t i = 0; i < l->count; i++)
		fields[props->fields_count++] = l->fields[i];
	props->fields = fields;
	return OK;
}

enum err
leave_show(struct exchange *x, int status, const struct leave *l)
{
	struct page_leave props = {
		.page = page_props(x),
		.client_name = l->client_name,
		.problem = l->problem,
		.origin = redirect_origin(x->cx.arena, l->uri),
		.method = l->by_post ? STR("post") : STR("get"),
		.action = {l->uri},
	};
	struct buf *html = page_begin(x);
	enum err e = l->by_post ? OK : move_query(x->cx.arena, l, &props);

	if (e)
		return e;
	if (l->by_post) {
		props.fields = l->fields;
		props.fields_count = l->count;
	}
	reply_allow_form_action(x, props.origin);
	page_leave(html, &props);
	return page_reply(x, status, html);
}
