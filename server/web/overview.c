/* /admin: what there is, what waits, and what happened last. */
#include "lib/store/search.h"
#include "server/handlers.h"
#include "server/web/form.h"

enum { EVENTS_SHOWN = 10 };

/* Numbers of the server's status, and where each leads. */
static const struct {
	const char *field;
	const char *way;
	bool is_urgent; /* unless it is 0 */
} tiles[] = {
	{"clients_pending", "/admin/clients?status=pending", true},
	{"clients", "/admin/clients", false},
	{"users", "/admin/users", false},
	{"admins", "/admin/users?role=admin", false},
	{"keys", "/admin/keys", false},
};

static enum err
fill_tiles(struct exchange *x, struct page_web_overview *props)
{
	struct web_tile *list = arena_array(x->cx.arena, struct web_tile, countof(tiles));
	struct web_answer answer = {NULL};
	enum err e = web_ask(x, &ops[OP_server_status], NULL, 0, &answer);

	for (size_t i = 0; !e && i < countof(tiles); i++) {
		int64_t n = json_get_i64(answer.json, tiles[i].field, 0);

		list[i] = (struct web_tile){
			.label = str_of(
				resource_field(&resources[RESOURCE_server], str_of(tiles[i].field))
					->label),
			.value = str_printf(
				x->cx.arena, "%lld%s", (long long)n, n == COUNTED_MAX ? "+" : ""),
			.way = {str_of(tiles[i].way)},
			.is_urgent = tiles[i].is_urgent && n > 0,
		};
	}
	props->tiles = list;
	props->tiles_count = countof(tiles);
	props->is_ready = json_get_bool(answer.json, "ready", true);
	props->reason = str_copy(x->cx.arena, json_get_str(answer.json, "reason"));
	json_free(answer.json);
	return e;
}

static enum err
fill_events(struct exchange *x, struct page_web_overview *props)
{
	const struct op *op = &ops[OP_audit_list];
	const struct form_field query[] = {
		{STR("limit"), str_printf(x->cx.arena, "%d", EVENTS_SHOWN)}};
	struct web_answer answer = {NULL};
	enum err e = web_ask(x, op, query, countof(query), &answer);

	if (!e) {
		props->columns = web_columns(x, op, &props->columns_count);
		props->rows = web_rows(x, op, answer.json, &props->rows_count);
	}
	json_free(answer.json);
	return e;
}

enum err
http_web_overview(struct exchange *x)
{
	struct page_web_overview props;
	struct buf *html = page_begin(x);
	enum err e;

	props = (struct page_web_overview){
		.page = page_props(x),
		.frame = web_frame(x, NULL, page_say(language_of(x), SAY_OVERVIEW)),
	};
	if ((e = fill_tiles(x, &props)) || (e = fill_events(x, &props)))
		return e;
	x->op = &ops[OP_audit_list];
	page_web_overview(html, &props);
	return page_reply(x, 200, html);
}
