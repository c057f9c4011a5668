/* /apps: the clients that people make for themselves. */
#include "lib/audit/audit.h"
#include "lib/config/config.h"
#include "lib/oauth/own_client.h"
#include "server/admin/rows.h"
#include "server/gate/way.h"
#include "server/handlers.h"
#include "server/pages/account.h"
#include "server/pages/problem.h"
#include "server/reply.h"
#include "server/web/form.h"

enum { ROWS = 50, ROW_MAX = 64 * 1024, CELLS = 3 };

/* What people say of theirs, and what they see of it; lib/ops has the rest for operators. */
#define SAID  "name type grants scopes redirect_uris"
#define SHOWN "client_id type status grants scopes redirect_uris created_at updated_at used_at"

static const struct {
	const char *code;
	enum say say;
} outcomes[] = {
	{"made", SAY_APP_MADE},
	{"changed", SAY_APP_CHANGED},
	{"deleted", SAY_APP_DELETED},
};

static struct web_frame
frame(struct exchange *x, struct str title)
{
	static const struct {
		const char *way;
		enum say label;
	} places[] = {
		{"/account", SAY_ACCOUNT},
		{"/account/sessions", SAY_SESSIONS},
		{"/account/authorizations", SAY_APPS},
		{"/account/connections", SAY_CONNECTIONS},
		{"/apps", SAY_OWN_APPS},
	};
	struct web_link *links = arena_array(x->cx.arena, struct web_link, countof(places));
	struct str done = form_get(&x->query, "done");
	struct web_frame ret = {
		.nav = page_say(language_of(x), SAY_ACCOUNT),
		.places = links,
		.places_count = countof(places),
		.title = title,
	};

	for (size_t i = 0; i < countof(places); i++)
		links[i] = (struct web_link){
			.label = page_say(language_of(x), places[i].label),
			.way = {str_of(places[i].way)},
			.is_here = i == countof(places) - 1,
		};
	for (size_t i = 0; i < countof(outcomes); i++)
		if (str_is(done, outcomes[i].code))
			ret.done = page_say(language_of(x), outcomes[i].say);
	return ret;
}

/* Nobody learns whether somebody else has one. */
static enum err
find_own(struct exchange *x, struct client *ret)
{
	struct id id;
	enum err e;

	if (!x->cx.config->apps_enabled || id_parse(x->request.path_params[0], &id))
		return ERR_NOT_FOUND;
	x->cx.actor = audit_actor_user(x->cx.arena, x->user.username);
	e = own_client_find(&x->cx, &x->user, id, ret);
	return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
}

static struct str
address(struct exchange *x, struct id id, const char *below)
{
	return str_printf(x->cx.arena, "/apps/%.*s%s", STR_ARG(id_text(x->cx.arena, id)), below);
}

static struct str
version_of(struct exchange *x, const struct client *c)
{
	return str_printf(x->cx.arena, "%lld", (long long)c->updated_ms);
}

/* As the API would tell of it. */
static enum err
as_json(struct exchange *x, const struct client *c, struct json **ret)
{
	struct diag diag = {""};
	struct buf out;

	buf_init(&out, x->cx.arena, ROW_MAX);
	json_open(&out, '{');
	admin_write(&out, RESOURCE_client, OP_SHOW, c);
	json_close(&out, '}');
	if (!buf_ok(&out))
		return ERR_INTERNAL;
	return json_parse(buf_str(&out), ROW_MAX, ret, &diag) ? ERR_INTERNAL : OK;
}

/* ---- looking ---- */

static struct str
label_of(const char *name)
{
	return str_of(resource_field(&resources[RESOURCE_client], str_of(name))->label);
}

static const struct web_value *
cells(struct exchange *x, const struct client *c)
{
	struct web_value *list = arena_array(x->cx.arena, struct web_value, CELLS);

	list[0] = (struct web_value){
		.label = label_of("name"), .text = c->name, .way = {address(x, c->id, "")}};
	list[1] = (struct web_value){.label = label_of("type"), .text = c->type};
	list[2] = (struct web_value){
		.label = label_of("status"),
		.text = c->status,
		.is_state = true,
		.is_good = str_is(c->status, "active"),
	};
	return list;
}

enum err
http_apps_get(struct exchange *x)
{
	struct client *list = arena_array(x->cx.arena, struct client, ROWS);
	struct web_row *rows = arena_array(x->cx.arena, struct web_row, ROWS);
	struct page_web_list props = {
		.page = page_props(x),
		.frame = frame(x, page_say(language_of(x), SAY_OWN_APPS)),
		.way = {STR("/apps")},
		.make = {STR("/apps/new")},
		.make_label = page_say(language_of(x), SAY_NEW),
		.columns = cells(x, &(struct client){.created_ms = 0}),
		.columns_count = CELLS,
		.rows = rows,
	};
	struct buf *html = page_begin(x);
	struct id after;
	enum err e;

	if (!x->cx.config->apps_enabled)
		return ERR_NOT_FOUND;
	if ((e = account_query_id(x, "after", (struct id){{0}}, &after)) ||
		(e = client_list_of_owner(x->cx.store, x->cx.arena, x->user.id, after, list, ROWS,
			 &props.rows_count)))
		return e;
	for (size_t i = 0; i < props.rows_count; i++)
		rows[i] = (struct web_row){.cells = cells(x, &list[i]), .cells_count = CELLS};
	if (props.rows_count == ROWS)
		props.next.target =
			way_with(x, STR("/apps"), "after", id_text(x->cx.arena, list[ROWS - 1].id));
	page_web_list(html, &props);
	return page_reply(x, 200, html);
}

static const struct web_link *
links(struct exchange *x, const struct client *c, size_t *ret_count)
{
	struct web_link *list = arena_array(x->cx.arena, struct web_link, 3);
	enum language l = language_of(x);
	size_t n = 0;

	list[n++] = (struct web_link){
		.label = page_say(l, SAY_EDIT), .way = {address(x, c->id, "/edit")}};
	if (str_is(c->type, "confidential"))
		list[n++] = (struct web_link){.label = page_say(l, SAY_NEW_SECRET),
			.way = {address(x, c->id, "/regenerate-secret")}};
	list[n++] = (struct web_link){.label = page_say(l, SAY_DELETE),
		.way = {address(x, c->id, "/delete")},
		.is_grave = true};
	*ret_count = n;
	return list;
}

enum err
http_app_get(struct exchange *x)
{
	struct page_web_item props;
	struct json *row = NULL;
	struct client client;
	struct buf *html = page_begin(x);
	enum err e;

	if ((e = find_own(x, &client)) || (e = as_json(x, &client, &row)))
		return e;
	props = (struct page_web_item){
		.page = page_props(x), .frame = frame(x, client.name), .back = {STR("/apps")}};
	if (str_is(client.status, "pending"))
		props.note = page_say(language_of(x), SAY_APP_WAITS);
	props.links = links(x, &client, &props.links_count);
	props.values = web_values_of(
		x, &resources[RESOURCE_client], OP_SHOW, row, SHOWN, &props.values_count);
	page_web_item(html, &props);
	json_free(row);
	return page_reply(x, 200, html);
}

/* ---- forms ---- */

static struct page_web_form
form_page(struct exchange *x, const struct client *c, const struct json *now)
{
	const struct op *op = &ops[c ? OP_client_edit : OP_client_create];
	struct web_controls controls = web_controls_of(x, op, now, SAID);
	struct page_web_form props = {
		.page = page_props(x),
		.frame = frame(x, c ? c->name : page_say(language_of(x), SAY_NEW)),
		.action = {c ? address(x, c->id, "") : STR("/apps")},
		.back = {c ? address(x, c->id, "") : STR("/apps")},
		.version = c ? version_of(x, c) : STR_NONE,
		.boxes = controls.boxes,
		.fields = controls.fields,
		.fields_count = controls.count,
		.submit = page_say(language_of(x), SAY_SAVE),
	};

	if (x->cx.config->apps_approval && (!c || str_is(c->status, "active")))
		props.note = page_say(language_of(x), c ? SAY_APP_WILL_WAIT : SAY_APP_WAITS);
	return props;
}

/* c: what is edited, or NULL. */
static enum err
draw_form(struct exchange *x, const struct client *c, int status, struct str error)
{
	struct json *now = NULL;
	enum err e = c ? as_json(x, c, &now) : OK;
	struct page_web_form props;
	struct buf *html = page_begin(x);

	if (e)
		return e;
	props = form_page(x, c, now);
	props.error = error;
	page_web_form(html, &props);
	json_free(now);
	return page_reply(x, status, html);
}

enum err
http_apps_new_get(struct exchange *x)
{
	return x->cx.config->apps_enabled ? draw_form(x, NULL, 200, STR_NONE) : ERR_NOT_FOUND;
}

enum err
http_app_edit_get(struct exchange *x)
{
	struct client client;
	enum err e = find_own(x, &client);

	return e ? e : draw_form(x, &client, 200, STR_NONE);
}

/* What the form says, and nothing that only operators may. */
static enum err
read_said(struct exchange *x, const struct op *op, const struct client *was, struct client *ret)
{
	struct client_metadata said = {.client = *was};
	struct diag diag = {""};
	enum err e;

	json_free(x->json);
	x->json = NULL;
	if (json_parse(web_read(x, op), REPLY_BODY_MAX, &x->json, &diag))
		return ERR_INVALID_REQUEST;
	if ((e = client_spec_read(&x->cx, CLIENT_BY_OPERATOR, x->json, &said)))
		return e;
	*ret = own_client_said(&said.client, was);
	return OK;
}

static enum err
refuse(struct exchange *x, const struct client *c, enum err why)
{
	enum err e;

	if (err_status(why) != 400)
		return why;
	e = draw_form(x, c, err_status(why), web_problem(x, why));
	x->reply.error = why;
	return e;
}

/* A secret is shown on the answer to the form, once. */
static enum err
draw_once(struct exchange *x, const struct client *c, struct str secret)
{
	struct web_value values[] = {
		{.label = label_of("client_id"),
			.text = id_text(x->cx.arena, c->id),
			.is_code = true},
		{.label = label_of("client_secret"), .text = secret, .is_code = true},
	};
	struct page_web_once props = {
		.page = page_props(x),
		.frame = frame(x, c->name),
		.values = values,
		.values_count = countof(values),
		.back = {address(x, c->id, "")},
	};
	struct buf *html = page_begin(x);

	page_web_once(html, &props);
	return page_reply(x, 200, html);
}

enum err
http_apps_post(struct exchange *x)
{
	struct own_client *made = arena_new(x->cx.arena, struct own_client);
	struct client said, nothing = {.require_pkce = false};
	const struct client *c = &made->creation.client;
	enum err e;

	if (!x->cx.config->apps_enabled)
		return ERR_NOT_FOUND;
	x->cx.actor = audit_actor_user(x->cx.arena, x->user.username);
	if ((e = read_said(x, &ops[OP_client_create], &nothing, &said)) ||
		(e = own_client_make_prepare(&x->cx, &x->user, &said, made)))
		return refuse(x, NULL, e);
	if (made->creation.secret.n)
		e = draw_once(x, c, made->creation.secret);
	else
		e = reply_redirect(x, address(x, c->id, "?done=made"));
	return e ? e : exchange_commit(x, own_client_make_store, made);
}

/* The form was made of it as it was then. */
static bool
is_as_it_was(struct exchange *x, const struct client *c)
{
	struct str version = form_get(&x->form, "version");

	return !version.n || str_eq(version, version_of(x, c));
}

enum err
http_app_post(struct exchange *x)
{
	struct own_client *made = arena_new(x->cx.arena, struct own_client);
	struct client client, said;
	enum err e;

	if ((e = find_own(x, &client)))
		return e;
	if (!is_as_it_was(x, &client))
		return ERR_CHANGED;
	if ((e = read_said(x, &ops[OP_client_edit], &client, &said)) ||
		(e = own_client_edit_prepare(&x->cx, &x->user, &client, &said, made)))
		return refuse(x, &client, e);
	if ((e = reply_redirect(x, address(x, client.id, "?done=changed"))))
		return e;
	return exchange_commit(x, own_client_edit_store, made);
}

/* ---- questions ---- */

static enum err
ask(struct exchange *x, enum say question, enum say submit, const char *below, bool is_final)
{
	struct page_web_ask props;
	struct client client;
	struct buf *html = page_begin(x);
	enum err e = find_own(x, &client);

	if (e)
		return e;
	props = (struct page_web_ask){
		.page = page_props(x),
		.frame = frame(x, client.name),
		.question = page_fill(x, page_say(language_of(x), question), client.name),
		.action = {address(x, client.id, below)},
		.back = {address(x, client.id, "")},
		.submit = page_say(language_of(x), submit),
		.is_grave = true,
		.is_final = is_final,
	};
	page_web_ask(html, &props);
	return page_reply(x, 200, html);
}

enum err
http_app_delete_get(struct exchange *x)
{
	return ask(x, SAY_APP_QUESTION, SAY_DELETE, "/delete", true);
}

enum err
http_app_delete_post(struct exchange *x)
{
	struct client_deletion *deletion = arena_new(x->cx.arena, struct client_deletion);
	struct client client;
	enum err e;

	if ((e = find_own(x, &client)) || (e = reply_redirect(x, STR("/apps?done=deleted"))))
		return e;
	*deletion = (struct client_deletion){.cx = &x->cx, .id = client.id};
	return exchange_commit(x, client_deletion_store, deletion);
}

enum err
http_app_secret_get(struct exchange *x)
{
	return ask(x, SAY_APP_SECRET_QUESTION, SAY_NEW_SECRET, "/regenerate-secret", false);
}

enum err
http_app_secret_post(struct exchange *x)
{
	struct client_rotation *rotation = arena_new(x->cx.arena, struct client_rotation);
	struct client client;
	enum err e;

	if ((e = find_own(x, &client)) ||
		(e = client_rotation_prepare(&x->cx, &client, 0, rotation)) ||
		(e = draw_once(x, &client, rotation->secret)))
		return e;
	return exchange_commit(x, client_rotation_store, rotation);
}
