/* The kinds of servers, and what their answers have in common. */
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/signin/dialect.h"

enum { LIST_MAX = 512 * 1024, GROUPS_MAX = 64 * 1024, AMR_MAX = 8, AMR_WORD_MAX = 32 };

static const struct dialect dialects[] = {
	{"oidc", "openid profile email", NULL, true, true, oidc_locate, oidc_ask},
	{"github", "user:email", "read:org", false, false, github_locate, github_ask},
	{"gitea", "read:user", "read:organization", false, false, gitea_locate, gitea_ask},
	{"gitlab", "read_user", "read_api", false, false, gitlab_locate, gitlab_ask},
	{"microsoft", "openid profile email", NULL, true, false, microsoft_locate, microsoft_ask},
};

const struct dialect *
dialect_find(struct str type)
{
	for (size_t i = 0; i < countof(dialects); i++)
		if (str_is(type, dialects[i].type))
			return &dialects[i];
	return NULL;
}

enum err
dialect_get(
	struct upstream_call *c, const struct upstream_tokens *t, struct str url, struct json **ret)
{
	struct fetch_request request = {.url = url, .bearer = t->access_token};

	return upstream_fetch_json(c, &request, ret);
}

enum err
dialect_get_list(
	struct upstream_call *c, const struct upstream_tokens *t, struct str url, struct json **ret)
{
	struct fetch_request request = {.url = url, .bearer = t->access_token};
	struct fetch_reply reply;
	enum err e;

	*ret = NULL;
	if ((e = upstream_fetch(c, &request, &reply)))
		return e;
	if (json_parse(str_printf(c->cx->arena, "{\"items\":%.*s}", STR_ARG(reply.body)), LIST_MAX,
		    ret, NULL))
		return upstream_wrong(c, "its answer is not a JSON document");
	return OK;
}

enum err
dialect_number(struct upstream_call *c, const struct json *doc, struct str *ret)
{
	int64_t id = json_get_i64(doc, "id", 0);

	if (id <= 0)
		return upstream_wrong(c, "it does not say who somebody is");
	*ret = str_printf(c->cx->arena, "%lld", (long long)id);
	return OK;
}

enum err
dialect_email(struct upstream_call *c, const struct upstream_tokens *t, struct str url,
	struct assertion *into)
{
	struct json *emails = NULL;
	const struct json *one;
	enum err e;

	if ((e = dialect_get_list(c, t, url, &emails)))
		return e;
	for (size_t i = 0; (one = json_array_object(emails, "items", i)); i++) {
		if (!json_get_bool(one, "primary", false) || !json_get_bool(one, "verified", false))
			continue;
		into->email = str_copy(c->cx->arena, json_get_str(one, "email"));
		into->email_verified = true;
	}
	json_free(emails);
	return OK;
}

void
dialect_groups_begin(struct upstream_call *c, struct buf *groups)
{
	buf_init(groups, c->cx->arena, GROUPS_MAX);
}

void
dialect_groups_add(struct buf *groups, struct str group)
{
	if (!group.n || str_has_char(group, '\n'))
		return;
	buf_add(groups, group);
	buf_add_char(groups, '\n');
}

enum err
dialect_groups_of_list(struct upstream_call *c, const struct upstream_tokens *t, struct str url,
	const char *member, struct buf *groups)
{
	struct json *list = NULL;
	const struct json *one;
	enum err e;

	if ((e = dialect_get_list(c, t, url, &list)))
		return e;
	for (size_t i = 0; (one = json_array_object(list, "items", i)); i++)
		dialect_groups_add(groups, json_get_str(one, member));
	json_free(list);
	return OK;
}

void
dialect_place(struct upstream_call *c, const char *authorize, const char *token,
	struct upstream_metadata *ret)
{
	struct str base = c->provider->issuer;

	while (str_ends(base, STR("/")))
		base.n--;
	*ret = (struct upstream_metadata){
		.issuer = str_copy(c->cx->arena, base),
		.authorization_endpoint =
			str_printf(c->cx->arena, "%.*s%s", STR_ARG(base), authorize),
		.token_endpoint = str_printf(c->cx->arena, "%.*s%s", STR_ARG(base), token),
	};
}

/* ---- how it knows ---- */

static bool
is_method(struct str word)
{
	return word.n && word.n <= AMR_WORD_MAX && str_is_printable(word) &&
	       !str_has_char(word, ' ');
}

static struct str
methods(struct arena *arena, const struct json *claims)
{
	struct buf words;
	struct str word;

	buf_init(&words, arena, AMR_MAX * (AMR_WORD_MAX + 1));
	for (size_t i = 0; i < AMR_MAX && json_array_str(claims, "amr", i, &word); i++) {
		if (!is_method(word))
			continue;
		if (words.n)
			buf_add_char(&words, ' ');
		buf_add(&words, word);
	}
	return buf_str(&words);
}

void
dialect_how(struct upstream_call *c, const struct json *claims, struct assertion *a)
{
	int64_t now_s = c->cx->now_ms / MS_PER_S, auth_s = json_get_i64(claims, "auth_time", 0);

	a->amr = methods(c->cx->arena, claims);
	if (auth_s > 0)
		a->auth_ms = (auth_s < now_s ? auth_s : now_s) * MS_PER_S;
}

enum err
dialect_subject(struct upstream_call *c, struct str text, struct str *ret)
{
	if (!text.n || text.n > SUBJECT_MAX || !str_is_utf8(text))
		return upstream_wrong(c, "it does not say who somebody is");
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f)
			return upstream_wrong(
				c, "the name by which it knows somebody has odd characters");
	*ret = str_copy(c->cx->arena, text);
	return OK;
}
