/* The text of one stored sign-in. */
#include "clients/tokenstore.h"
#include "lib/base/json.h"

/* The end of the year 9999: later times are damage, and would overflow. */
#define LAST_INSTANT_S INT64_C(253402300799)

enum { UNKNOWN_LIFE_S = 3600 };

/* In the order of the file. */
static const struct member {
	const char *name;
	size_t at;
	bool needed;
	bool secret;
} members[] = {
	{"issuer", offsetof(struct stored_token, issuer), true, false},
	{"client_id", offsetof(struct stored_token, client_id), true, false},
	{"client_secret", offsetof(struct stored_token, client_secret), false, true},
	{"client_auth", offsetof(struct stored_token, client_auth), false, false},
	{"account", offsetof(struct stored_token, account), true, false},
	{"scope", offsetof(struct stored_token, scope), false, false},
	{"token_type", offsetof(struct stored_token, token_type), false, false},
	{"ca_file", offsetof(struct stored_token, ca_file), false, false},
	{"kept_in", offsetof(struct stored_token, kept_in), false, false},
	{"access_token", offsetof(struct stored_token, access_token), true, true},
	{"refresh_token", offsetof(struct stored_token, refresh_token), false, true},
	{"id_token", offsetof(struct stored_token, id_token), false, true},
};

static struct str *
member_of(struct stored_token *token, const struct member *member)
{
	return (struct str *)(void *)((char *)token + member->at);
}

/* It becomes a header line and a line of output. */
static bool
is_token(struct str text)
{
	return text.n && str_is_printable(text) && !str_has_char(text, ' ');
}

static enum err
take_members(
	struct arena *arena, const struct json *json, struct stored_token *ret, struct diag *diag)
{
	struct stored_token token = {
		.obtained_at = json_get_i64(json, "obtained_at", 0),
		.expires_at = json_get_i64(json, "expires_at", 0),
	};

	bool elsewhere = str_is(json_get_str(json, "kept_in"), "keyring");

	if (json_get_i64(json, "version", 0) != STORED_TOKEN_VERSION)
		return diag_set(
			diag, ERR_MALFORMED, "it was written by another version of authgate");
	for (size_t i = 0; i < countof(members); i++) {
		struct str value = json_get_str(json, members[i].name);

		if (elsewhere && members[i].secret)
			continue;
		if (members[i].needed && str_empty(value))
			return diag_set(diag, ERR_MALFORMED, "it has no %s", members[i].name);
		*member_of(&token, &members[i]) = str_copy(arena, value);
	}
	if (!elsewhere && !is_token(token.access_token))
		return diag_set(diag, ERR_MALFORMED, "its access_token is malformed");
	if (token.obtained_at < 0 || token.obtained_at > LAST_INSTANT_S || token.expires_at < 0 ||
		token.expires_at > LAST_INSTANT_S)
		return diag_set(diag, ERR_MALFORMED, "its times are malformed");
	/* As earlier versions wrote it when the server had not said. */
	if (!token.expires_at)
		token.expires_at = token.obtained_at + UNKNOWN_LIFE_S;
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

bool
client_stored_token_in_keyring(const struct stored_token *token)
{
	return str_is(token->kept_in, "keyring");
}

void
client_stored_token_write_secrets(struct buf *out, const struct stored_token *token)
{
	struct stored_token copy = *token;

	json_open(out, '{');
	for (size_t i = 0; i < countof(members); i++)
		if (members[i].secret && !str_empty(*member_of(&copy, &members[i])))
			json_member_str(out, members[i].name, *member_of(&copy, &members[i]));
	json_close(out, '}');
}

enum err
client_stored_token_take_secrets(struct arena *arena, struct str text, struct stored_token *token)
{
	struct json *json = NULL;
	enum err e;

	if ((e = json_parse(text, STORED_TOKEN_MAX, &json, NULL)))
		return e;
	for (size_t i = 0; i < countof(members); i++)
		if (members[i].secret)
			*member_of(token, &members[i]) =
				str_copy(arena, json_get_str(json, members[i].name));
	json_free(json);
	return is_token(token->access_token) ? OK : ERR_MALFORMED;
}

void
client_stored_token_write(struct buf *out, const struct stored_token *token, struct str before)
{
	struct stored_token copy = *token;
	bool elsewhere = client_stored_token_in_keyring(token);

	json_open(out, '{');
	json_member_i64(out, "version", STORED_TOKEN_VERSION);
	for (size_t i = 0; i < countof(members); i++) {
		struct str value = *member_of(&copy, &members[i]);

		if (elsewhere && members[i].secret)
			continue;
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
	if (token->locked)
		return false;
	return token->expires_at - min_ttl_s > now_s;
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
