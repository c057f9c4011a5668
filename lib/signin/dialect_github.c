/* GitHub and GitHub Enterprise: OAuth 2.0 and an API of its own. */
#include "lib/base/json.h"
#include "lib/signin/dialect.h"
#include "lib/signin/groups.h"

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

		dialect_groups_add(groups, str_printf(c->cx->arena, "%.*s/%.*s",
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
	dialect_groups_begin(c, &groups);
	if ((e = dialect_groups_of_list(
		     c, t, api(c, &t->server, "/user/orgs?per_page=100"), "login", &groups)))
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
	/* The public address of a profile may be anything: only what is verified here counts. */
	if (e || (e = dialect_email(c, t, api(c, &t->server, "/user/emails"), &a)) ||
		(e = take_groups(c, t, &a)))
		return e;
	*ret = a;
	return OK;
}
