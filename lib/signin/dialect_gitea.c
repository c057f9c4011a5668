/* Gitea and Forgejo, through their API. */
#include "lib/base/json.h"
#include "lib/signin/dialect.h"
#include "lib/signin/groups.h"

enum err
gitea_locate(struct upstream_call *c, struct upstream_metadata *ret)
{
	dialect_place(c, "/login/oauth/authorize", "/login/oauth/access_token", ret);
	return OK;
}

static struct str
api(const struct upstream_call *c, const struct upstream_metadata *server, const char *path)
{
	return str_printf(c->cx->arena, "%.*s/api/v1%s", STR_ARG(server->issuer), path);
}

static enum err
take_groups(struct upstream_call *c, const struct upstream_tokens *t, struct assertion *a)
{
	struct buf groups;
	enum err e;

	if (!groups_matter(c->provider))
		return OK;
	dialect_groups_begin(c, &groups);
	e = dialect_groups_of_list(
		c, t, api(c, &t->server, "/user/orgs?limit=50"), "username", &groups);
	a->groups = buf_str(&groups);
	return e;
}

enum err
gitea_ask(struct upstream_call *c, const struct upstream_tokens *t, struct assertion *ret)
{
	struct assertion a = {.issuer = t->server.issuer};
	struct json *user = NULL;
	enum err e;

	if ((e = dialect_get(c, t, api(c, &t->server, "/user"), &user)))
		return e;
	if (!(e = dialect_number(c, user, &a.subject))) {
		a.username = str_copy(c->cx->arena, json_get_str(user, "login"));
		a.full_name = str_copy(c->cx->arena, json_get_str(user, "full_name"));
	}
	json_free(user);
	/* /user names an address and not whether it is verified; this list does. */
	if (e || (e = dialect_email(c, t, api(c, &t->server, "/user/emails"), &a)) ||
		(e = take_groups(c, t, &a)))
		return e;
	*ret = a;
	return OK;
}
