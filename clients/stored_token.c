/* The text of one stored sign-in. */
#include "clients/tokenstore.h"
#include "lib/base/json.h"

/* The end of the year 9999: later times are damage, and would overflow. */
#define LAST_INSTANT_S INT64_C(253402300799)

/* In the order of the file. */
static const struct member {
	const char *name;
	size_t at;
	bool needed;
} members[] = {
	{"issuer", offsetof(struct stored_token, issuer), true},
	{"client_id", offsetof(struct stored_token, client_id), true},
	{"client_secret", offsetof(struct stored_token, client_secret), false},
	{"client_auth", offsetof(struct stored_token, client_auth), false},
	{"account", offsetof(struct stored_token, account), true},
	{"scope", offsetof(struct stored_token, scope), false},
	{"token_type", offsetof(struct stored_token, token_type), false},
	{"access_token", offsetof(struct stored_token, access_token), true},
	{"refresh_token", offsetof(struct stored_token, refresh_token), false},
	{"id_token", offsetof(struct stored_token, id_token), false},
};

static struct str *
member_of(struct stored_token *token, const struct member *member)
{
	return (struct str *)(void *)((char *)token + member->at);
}

static enum err
take_members(
	struct arena *arena, const struct json *json, struct stored_token *ret, struct diag *diag)
{
	struct stored_token token = {
		.obtained_at = json_get_i64(json, "obtained_at", 0),
		.expires_at = json_get_i64(json, "expires_at", 0),
	};

	if (json_get_i64(json, "version", 0) != STORED_TOKEN_VERSION)
		return diag_set(
			diag, ERR_MALFORMED, "it was written by another version of authgate");
	for (size_t i = 0; i < countof(members); i++) {
		struct str value = json_get_str(json, members[i].name);

		if (members[i].needed && str_empty(value))
			return diag_set(diag, ERR_MALFORMED, "it has no %s", members[i].name);
		*member_of(&token, &members[i]) = str_copy(arena, value);
	}
	/* It becomes a header line and a line of output. */
	if (!str_is_printable(token.access_token) || str_has_char(token.access_token, ' '))
		return diag_set(diag, ERR_MALFORMED, "its access_token is malformed");
	if (token.obtained_at < 0 || token.obtained_at > LAST_INSTANT_S || token.expires_at < 0 ||
		token.expires_at > LAST_INSTANT_S)
		return diag_set(diag, ERR_MALFORMED, "its times are malformed");
	*ret = token;
	return OK;
}

enum err
client_stored_token_parse(
	struct arena *arena, struct str text, struct stored_token *ret, struct diag *diag)
{
	struct json *json = NULL;
	enum err e;

	if (json_parse(text, STORED_TOKEN_MAX, &json, NULL))
		return diag_set(diag, ERR_MALFORMED, "it is not a JSON object");
	e = take_members(arena, json, ret, diag);
	json_free(json);
	return e;
}

static void
keep_unknown(struct buf *out, struct str before)
{
	const char *known[countof(members) + 3] = {"version", "obtained_at", "expires_at"};
	struct json *json = NULL;

	if (str_empty(before) || json_parse(before, STORED_TOKEN_MAX, &json, NULL))
		return;
	for (size_t i = 0; i < countof(members); i++)
		known[3 + i] = members[i].name;
	json_member_unknown(out, json, known, countof(known));
	json_free(json);
}

void
client_stored_token_write(struct buf *out, const struct stored_token *token, struct str before)
{
	struct stored_token copy = *token;

	json_open(out, '{');
	json_member_i64(out, "version", STORED_TOKEN_VERSION);
	for (size_t i = 0; i < countof(members); i++) {
		struct str value = *member_of(&copy, &members[i]);

		if (members[i].needed || !str_empty(value))
			json_member_str(out, members[i].name, value);
	}
	json_member_i64(out, "obtained_at", token->obtained_at);
	json_member_i64(out, "expires_at", token->expires_at);
	keep_unknown(out, before);
	json_close(out, '}');
	buf_add_char(out, '\n');
}

bool
client_stored_token_is_fresh(const struct stored_token *token, int64_t now_s, int64_t min_ttl_s)
{
	return !token->expires_at || token->expires_at - min_ttl_s > now_s;
}

struct client_identity
client_stored_token_identity(const struct stored_token *token)
{
	return (struct client_identity){
		.id = token->client_id,
		.secret = token->client_secret,
		.secret_in_body = str_is(token->client_auth, "post"),
	};
}
