/* GitHub and GitHub Enterprise: OAuth 2.0 and an API of its own. */
#include "lib/base/json.h"
#include "lib/signin/dialect.h"
#include "lib/signin/groups.h"

enum { GROUPS_MAX = 64 * 1024 };

enum err
github_locate(struct upstream_call *c, struct upstream_metadata *ret)
{
	dialect_place(c, "/login/oauth/authorize", "/login/oauth/access_token", ret);
	return OK;
}

static struct str
api(const struct upstream_call *c, const struct upstream_metadata *server, const char *path)
{
	if (str_is(server->issuer, "https://github.com"))
		return str_printf(c->cx->arena, "https://api.github.com%s", path);
	return str_printf(c->cx->arena, "%.*s/api/v3%s", STR_ARG(server->issuer), path);
}

/* The public address of a profile may be anything: only what is verified here counts. */
static enum err
take_email(struct upstream_call *c, const struct upstream_tokens *t, struct assertion *a)
{
	struct json *emails = NULL;
	const struct json *one;
	enum err e;

	if ((e = dialect_get_list(c, t, api(c, &t->server, "/user/emails"), &emails)))
		return e;
	for (size_t i = 0; (one = json_array_object(emails, "items", i)); i++) {
		if (!json_get_bool(one, "primary", false) || !json_get_bool(one, "verified", false))
			continue;
		a->email = str_copy(c->cx->arena, json_get_str(one, "email"));
		a->email_verified = true;
	}
	json_free(emails);
	return OK;
}

static enum err
take_organizations(struct upstream_call *c, const struct upstream_tokens *t, struct buf *groups)
{
	struct json *list = NULL;
	const struct json *one;
	enum err e;

	if ((e = dialect_get_list(c, t, api(c, &t->server, "/user/orgs?per_page=100"), &list)))
		return e;
	for (size_t i = 0; (one = json_array_object(list, "items", i)); i++)
		dialect_add_group(groups, json_get_str(one, "login"));
	json_free(list);
	return OK;
}

static enum err
take_teams(struct upstream_call *c, const struct upstream_tokens *t, struct buf *groups)
{
	struct json *list = NULL;
	const struct json *one;
	enum err e;

	if ((e = dialect_get_list(c, t, api(c, &t->server, "/user/teams?per_page=100"), &list)))
		return e;
	for (size_t i = 0; (one = json_array_object(list, "items", i)); i++) {
		struct str team = json_get_str(one, "slug");
		struct str organization = json_object_str(one, "organization", "login");

		dialect_add_group(groups, str_printf(c->cx->arena, "%.*s/%.*s",
						  STR_ARG(organization), STR_ARG(team)));
	}
	json_free(list);
	return OK;
}

static enum err
take_groups(struct upstream_call *c, const struct upstream_tokens *t, struct assertion *a)
{
	struct buf groups;
	enum err e;

	if (!groups_matter(c->provider))
		return OK;
	buf_init(&groups, c->cx->arena, GROUPS_MAX);
	if ((e = take_organizations(c, t, &groups)))
		return e;
	if (groups_name_teams(c->provider) && (e = take_teams(c, t, &groups)))
		return e;
	a->groups = buf_str(&groups);
	return OK;
}

enum err
github_ask(struct upstream_call *c, const struct upstream_tokens *t, struct assertion *ret)
{
	struct assertion a = {.issuer = t->server.issuer};
	struct json *user = NULL;
	enum err e;

	if ((e = dialect_get(c, t, api(c, &t->server, "/user"), &user)))
		return e;
	if (!(e = dialect_number(c, user, &a.subject))) {
		a.username = str_copy(c->cx->arena, json_get_str(user, "login"));
		a.full_name = str_copy(c->cx->arena, json_get_str(user, "name"));
	}
	json_free(user);
	if (e || (e = take_email(c, t, &a)) || (e = take_groups(c, t, &a)))
		return e;
	*ret = a;
	return OK;
}
