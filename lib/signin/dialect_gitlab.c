/* GitLab, through its API. */
#include "lib/base/json.h"
#include "lib/signin/dialect.h"
#include "lib/signin/groups.h"

enum err
gitlab_locate(struct upstream_call *c, struct upstream_metadata *ret)
{
	dialect_place(c, "/oauth/authorize", "/oauth/token", ret);
	return OK;
}

static struct str
api(const struct upstream_call *c, const struct upstream_metadata *server, const char *path)
{
	return str_printf(c->cx->arena, "%.*s/api/v4%s", STR_ARG(server->issuer), path);
}

static enum err
take_groups(struct upstream_call *c, const struct upstream_tokens *t, struct assertion *a)
{
	struct buf groups;
	enum err e;

	if (!groups_matter(c->provider))
		return OK;
	dialect_groups_begin(c, &groups);
	e = dialect_groups_of_list(c, t,
		api(c, &t->server, "/groups?min_access_level=10&per_page=100"), "full_path",
		&groups);
	a->groups = buf_str(&groups);
	return e;
}

/* An account is confirmed when its address is; a new one takes the place of the old
 * only when it is confirmed too. */
enum err
gitlab_ask(struct upstream_call *c, const struct upstream_tokens *t, struct assertion *ret)
{
	struct assertion a = {.issuer = t->server.issuer};
	struct arena *arena = c->cx->arena;
	struct json *user = NULL;
	enum err e;

	if ((e = dialect_get(c, t, api(c, &t->server, "/user"), &user)))
		return e;
	if (!str_is(json_get_str(user, "state"), "active"))
		e = diag_set(&c->why, ERR_UPSTREAM_DENIED, "the account there is not active");
	else if (!(e = dialect_number(c, user, &a.subject))) {
		a.username = str_copy(arena, json_get_str(user, "username"));
		a.full_name = str_copy(arena, json_get_str(user, "name"));
		a.email = str_copy(arena, json_get_str(user, "email"));
		a.email_verified = json_get_str(user, "confirmed_at").n > 0;
	}
	json_free(user);
	if (e || (e = take_groups(c, t, &a)))
		return e;
	*ret = a;
	return OK;
}
