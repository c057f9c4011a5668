/* Gitea and Forgejo, through their API. */
#include "lib/base/json.h"
#include "lib/signin/dialect.h"
#include "lib/signin/groups.h"

enum { GROUPS_MAX = 64 * 1024 };

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

/* /user names an address and not whether it is verified; this list does. */
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
take_groups(struct upstream_call *c, const struct upstream_tokens *t, struct assertion *a)
{
	struct json *list = NULL;
	const struct json *one;
	struct buf groups;
	enum err e;

	if (!groups_matter(c->provider))
		return OK;
	if ((e = dialect_get_list(c, t, api(c, &t->server, "/user/orgs?limit=50"), &list)))
		return e;
	buf_init(&groups, c->cx->arena, GROUPS_MAX);
	for (size_t i = 0; (one = json_array_object(list, "items", i)); i++)
		dialect_add_group(&groups, json_get_str(one, "username"));
	a->groups = buf_str(&groups);
	json_free(list);
	return OK;
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
	if (e || (e = take_email(c, t, &a)) || (e = take_groups(c, t, &a)))
		return e;
	*ret = a;
	return OK;
}
