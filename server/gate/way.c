/* Forms and their pages; addresses that lead back. */
#include "server/gate/way.h"

#include "lib/base/url.h"
#include "server/face.h"
#include "server/reply.h"

#include <string.h>

enum { FIELDS_MAX = 4 };

/* What was typed travels along, passwords never. */
static const struct {
	const char *pattern;
	const char *page;
	const char *fields[FIELDS_MAX];
} pages[] = {
	{"/login", "/login", {"next", "confirm"}},
	{"/logout", "/logout", {"next"}},
	{"/invitation", "/invitation", {"token"}},
	{"/oauth/authorize/decide", "/oauth/authorize/continue", {"id"}},
	{"/oauth/logout/confirm", "/oauth/logout",
		{"id_token_hint", "client_id", "post_logout_redirect_uri", "state"}},
	{"/device/verify", "/device", {"user_code"}},
	{"/device/decide", "/device", {"user_code"}},
	{"/account/password", "/account", {NULL}},
	{"/account/sessions/revoke-all", "/account/sessions", {NULL}},
	{"/account/sessions/:id/revoke", "/account/sessions", {NULL}},
	{"/account/sessions/:id/disown", "/account/sessions", {NULL}},
	{"/account/sessions/:id/disable", "/account/sessions", {NULL}},
	{"/account/sessions/:id/enable", "/account/sessions", {NULL}},
	{"/auth/login/:provider", "/login", {"next"}},
	{"/auth/name", "/auth/name", {NULL}},
	{"/account/connections/:id/delete", "/account/connections", {NULL}},
	{"/account/authorizations/:id/revoke", "/account/authorizations", {NULL}},
	{"/apps", "/apps/new", {NULL}},
	{"/apps/:id", "/apps/:id/edit", {NULL}},
	{"/apps/:id/delete", "/apps/:id/delete", {NULL}},
	{"/apps/:id/regenerate-secret", "/apps/:id/regenerate-secret", {NULL}},
};

/* Coming and leaving are no destinations. */
static const char *const doors[] = {"/login", "/logout"};

struct str
way_safe(struct str next)
{
	struct str path, rest = next;

	if (next.n > WAY_MAX || !url_is_local_path(next))
		return STR("/");
	path = str_cut(&rest, '?');
	for (size_t i = 0; i < countof(doors); i++)
		if (str_is(path, doors[i]))
			return STR("/");
	return next;
}

static size_t
row_of(const struct route *route)
{
	size_t i = 0;

	while (i < countof(pages) && strcmp(pages[i].pattern, route->pattern) != 0)
		i++;
	return i;
}

const char *
way_page_of(const struct route *route)
{
	size_t i = row_of(route);

	if (route_face(route))
		return face_of_form(route_face(route))->pattern;
	return i < countof(pages) ? pages[i].page : NULL;
}

static struct str
page_of_form(struct exchange *x)
{
	size_t row = row_of(x->route);
	struct buf fields;

	if (route_face(x->route))
		return face_address(
			x->cx.arena, face_of_form(route_face(x->route)), x->request.path_params);
	if (row == countof(pages))
		return STR("/");
	buf_init(&fields, x->cx.arena, WAY_MAX);
	for (size_t i = 0; i < FIELDS_MAX && pages[row].fields[i]; i++) {
		struct str value = form_get(&x->form, pages[row].fields[i]);

		if (value.n)
			form_add(&fields, pages[row].fields[i], value);
	}
	if (!fields.n || !buf_ok(&fields))
		return face_fill(x->cx.arena, pages[row].page, x->request.path_params);
	return str_printf(x->cx.arena, "%s?%.*s", pages[row].page, STR_ARG(buf_str(&fields)));
}

/* What a page of ours is asked for; other text of an address does not travel. */
static const char *const asked[] = {"next", "confirm", "user_code", "id", "after", "browsers_after",
	"status", "search", "token"};

static struct str
page_of_get(struct exchange *x)
{
	struct str rest = x->request.target;
	struct str path = str_cut(&rest, '?');
	struct buf fields;

	if (x->request.target.n > WAY_MAX || !url_is_local_path(x->request.target))
		return STR("/");
	if (!rest.n || str_starts(path, STR("/oauth/")))
		return x->request.target;
	buf_init(&fields, x->cx.arena, WAY_MAX * 4);
	for (size_t i = 0; i < countof(asked); i++) {
		struct str value = form_get(&x->query, asked[i]);

		if (value.n)
			form_add(&fields, asked[i], value);
	}
	if (!fields.n || !buf_ok(&fields))
		return path;
	return str_printf(x->cx.arena, "%.*s?%.*s", STR_ARG(path), STR_ARG(buf_str(&fields)));
}

struct str
way_of(struct exchange *x)
{
	if (!x->route)
		return STR("/");
	return x->request.method == METHOD_GET ? page_of_get(x) : page_of_form(x);
}

struct str
way_with(struct exchange *x, struct str path, const char *name, struct str value)
{
	struct buf way;

	buf_init(&way, x->cx.arena, WAY_MAX * 4);
	buf_add(&way, path);
	if (!str_has_char(path, '?'))
		buf_add_char(&way, '?');
	form_add(&way, name, value);
	return buf_ok(&way) ? buf_str(&way) : path;
}

enum err
way_to_login(struct exchange *x, struct str next)
{
	return reply_redirect(x, way_with(x, STR("/login"), "next", way_safe(next)));
}

enum err
way_to_confirm(struct exchange *x, struct str next)
{
	struct str login = way_with(x, STR("/login"), "next", way_safe(next));

	return reply_redirect(x, way_with(x, login, "confirm", STR("1")));
}
