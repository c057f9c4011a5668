/* The table of what can be said about a client, at the end, and its judges. */
#include "lib/oauth/client_spec.h"

#include "lib/base/url.h"
#include "lib/config/config.h"
#include "lib/http/destination.h"
#include "lib/oauth/client_name.h"
#include "lib/oauth/client_spec_private.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/redirect.h"
#include "lib/oauth/scope.h"
#include "lib/ops/ops.h"

#define GRANTS_SAID \
	"authorization_code (code), device_code (device), refresh_token (refresh) and " \
	"client_credentials (client)"
#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

enum { TEXT_SIZE_MAX = 254, LIST_SIZE_MAX = 64 * 1024, NUMBER_MAX = 1000000 };

static bool
is_public(const struct judging *j)
{
	return str_is(j->kept->client.type, "public");
}

static bool
has_grant(const struct judging *j, const char *grant)
{
	return scope_has(j->kept->client.grants, str_of(grant));
}

/* ---- words ---- */

static enum err
judge_grant(struct judging *j, const char *name, struct str *word)
{
	static const struct {
		const char *said;
		const char *grant;
		bool by_itself;
	} known[] = {
		{"authorization_code", "authorization_code", true},
		{"refresh_token", "refresh_token", true},
		{"client_credentials", "client_credentials", true},
		{DEVICE_GRANT, DEVICE_GRANT, true},
		{"device_code", DEVICE_GRANT, true}, /* as the Go original does */
		{"device", DEVICE_GRANT, false},
		{"code", "authorization_code", false},
		{"auth_code", "authorization_code", false},
		{"refresh", "refresh_token", false},
		{"client", "client_credentials", false},
	};

	for (size_t i = 0; i < countof(known); i++) {
		if (!str_is(*word, known[i].said) ||
			!(known[i].by_itself || j->door == CLIENT_BY_OPERATOR))
			continue;
		*word = str_of(known[i].grant);
		return OK;
	}
	return client_spec_refuse(
		j->cx, name, "a grant type that is not supported; there are " GRANTS_SAID);
}

static enum err
judge_response_type(struct judging *j, const char *name, struct str *word)
{
	return str_is(*word, "code") ? OK
				     : client_spec_refuse(j->cx, name, "only code is supported");
}

static enum err
judge_uri(struct judging *j, const char *name, struct str *word)
{
	bool native = str_is(j->kept->client.application_type, "native");
	struct diag diag = {""};

	if (!redirect_may_register(*word, native, &diag))
		return OK;
	(void)client_spec_refuse(j->cx, name, diag.text);
	return ERR_INVALID_REDIRECT_URI;
}

/* ---- members ---- */

/* On the computer of its user: a private-use scheme, or loopback addresses without any other.
 * A client with a secret is not, nor is one that also runs elsewhere: its loopback address is
 * its developer's. */
static bool
looks_native(const struct judging *j)
{
	bool loopback = false, elsewhere = false;

	STR_EACH (uri, j->said->client.redirect_uris) {
		struct url url;

		if (!is_public(j) || url_parse(uri, &url, NULL))
			continue;
		if (!str_is(url.scheme, "https") && !str_is(url.scheme, "http"))
			return true;
		*(url_is_loopback(&url) ? &loopback : &elsewhere) = true;
	}
	return loopback && !elsewhere;
}

static enum err
judge_application_type(struct judging *j, const char *name, struct str value)
{
	(void)name;
	if (!value.n)
		j->kept->client.application_type = looks_native(j) ? STR("native") : STR("web");
	return OK;
}

/* The one follows from the other, whichever the door speaks of. */
static enum err
judge_auth_method(struct judging *j, const char *name, struct str value)
{
	struct client *c = &j->kept->client;

	if (!c->type.n)
		c->type = str_is(value, "none") ? STR("public") : STR("confidential");
	else if (!value.n)
		c->auth_method = is_public(j) ? STR("none") : STR("client_secret");
	if (is_public(j) != str_is(c->auth_method, "none"))
		return client_spec_refuse(
			j->cx, name, "none is for public clients, and they have no other");
	return OK;
}

/* A machine that registers itself needs somebody who vouches for it: an
 * administrator or the initial access token. */
static bool
has_surety(const struct judging *j)
{
	return j->door == CLIENT_BY_OPERATOR || j->cx->config->registration_approval ||
	       j->cx->config->registration_token.n;
}

static enum err
judge_grants(struct judging *j, const char *name, struct str value)
{
	if (!value.n)
		return client_spec_refuse(j->cx, name, "a client needs one of " GRANTS_SAID);
	if (str_is(value, "refresh_token"))
		return client_spec_refuse(
			j->cx, name, "refresh_token needs a grant that gives one");
	if (!has_grant(j, "client_credentials"))
		return OK;
	if (is_public(j))
		return client_spec_refuse(
			j->cx, name, "client_credentials needs a client with a secret");
	return has_surety(j) ? OK
			     : client_spec_refuse(j->cx, name,
				       "client_credentials needs approval by an administrator");
}

/* RFC 7591 section 2.1: response types and grant types go together. */
static enum err
judge_response_types(struct judging *j, const char *name, struct str value)
{
	if (value.n && !has_grant(j, "authorization_code"))
		return client_spec_refuse(
			j->cx, name, "code needs the grant type authorization_code");
	return OK;
}

static enum err
judge_redirect_uris(struct judging *j, const char *name, struct str value)
{
	if (value.n || !has_grant(j, "authorization_code"))
		return OK;
	(void)client_spec_refuse(j->cx, name, "authorization_code needs one");
	return ERR_INVALID_REDIRECT_URI;
}

static enum err
judge_name(struct judging *j, const char *name, struct str value)
{
	j->kept->client.name = str_trim(value);
	if (!j->kept->client.name.n || !client_name_is_honest(value))
		return client_spec_refuse(
			j->cx, name, "expected a letter or a digit, and no invisible characters");
	return OK;
}

static enum err
judge_text(struct judging *j, const char *name, struct str value)
{
	if (value.n && !client_name_is_honest(value))
		return client_spec_refuse(
			j->cx, name, "expected text without invisible characters");
	return OK;
}

/* All that the metadata list and the client can use: libraries ask for just that. */
static struct str
default_scopes(const struct judging *j)
{
	if (has_grant(j, "refresh_token") && j->cx->config->refresh_enabled)
		return STR("openid profile email offline_access");
	return STR("openid profile email");
}

static enum err
judge_scopes(struct judging *j, const char *name, struct str value)
{
	bool is_operator = j->door == CLIENT_BY_OPERATOR;
	struct str may;

	if (is_operator && !value.n)
		value = default_scopes(j);
	may = is_operator ? value : j->cx->config->registration_scopes;

	if (!scope_grant(j->cx->arena, value, may, &j->kept->client.scopes))
		return OK;
	return client_spec_refuse(j->cx, name,
		is_operator ? "expected words of printable characters"
			    : "more than registered clients may ask for");
}

static enum err
judge_id_token_alg(struct judging *j, const char *name, struct str value)
{
	const struct key *key;
	enum err e = OK;

	/* Who registers and says nothing means RS256, or what is configured to be meant. */
	if (!value.n && j->door == CLIENT_BY_ITSELF)
		value = j->kept->client.id_token_alg = j->cx->config->id_token_algorithm;
	if (value.n && j->cx->issuer)
		e = issuer_id_token_key(j->cx->issuer, value, &key);
	/* Of a first start the key may still be in the making. */
	return e && e != ERR_UNAVAILABLE
		       ? client_spec_refuse(j->cx, name, "the server has no such key")
		       : OK;
}

/* Shown to people, or asked by us over the network: nothing but https. */
static enum err
judge_https(struct judging *j, const char *name, struct str value)
{
	struct url url;

	if (value.n && (url_parse(value, &url, NULL) || !str_is(url.scheme, "https") ||
			       url.has_userinfo || url.has_fragment))
		return client_spec_refuse(
			j->cx, name, "expected an https URL without user or fragment");
	return OK;
}

/* The server itself will call this one: a stranger's must lead to the Internet, as far
 * as can be told from how it is written. */
static enum err
judge_backchannel_uri(struct judging *j, const char *name, struct str value)
{
	bool is_strangers = j->door != CLIENT_BY_OPERATOR;
	struct url url;

	if (!value.n || url_parse(value, &url, NULL))
		return judge_https(j, name, value);
	if (is_strangers &&
		!destination_allows_host(j->cx->config->outbound_allowed_networks, url.host))
		return client_spec_refuse(j->cx, name, "the host is not on the Internet");
	if (!is_strangers && url_is_loopback(&url))
		return judge_uri(j, name, &value);
	return judge_https(j, name, value);
}

/* ---- the table ---- */

struct rule {
	const char *names[CLIENT_DOORS]; /* NULL: this door does not speak of it */
	enum json_kind kinds[CLIENT_DOORS];
	size_t at;                          /* where in struct client_metadata */
	const char *choices[CLIENT_DOORS];  /* words, one of which it is; an operator's: fields[] */
	const char *fallback[CLIENT_DOORS]; /* when nothing is said */
	size_t most[CLIENT_DOORS];          /* words of a list, bytes of a text */
	word_judge *each;
	member_judge *judge;
};

#define AT(field) offsetof(struct client_metadata, field)
#define BOTH(value) \
	{ \
		value, value \
	}

/* clang-format off */
/* In an order in which each finds what it builds on. */
static const struct rule rules[] = {
	{{"type", NULL}, BOTH(JSON_IS_TEXT), AT(client.type),
		.fallback = {"confidential", NULL}},
	{{"auth_method", "token_endpoint_auth_method"}, BOTH(JSON_IS_TEXT), AT(client.auth_method),
		.choices = {NULL, "client_secret_basic client_secret_post none"},
		.fallback = {NULL, "client_secret_basic"}, .judge = judge_auth_method},
	{BOTH("application_type"), BOTH(JSON_IS_TEXT), AT(client.application_type),
		.choices = {NULL, "web native"}, .judge = judge_application_type},
	{{"grants", "grant_types"}, BOTH(JSON_IS_LIST), AT(client.grants),
		.fallback = {NULL, "authorization_code"}, .most = BOTH(32), .each = judge_grant, .judge = judge_grants},
	{{NULL, "response_types"}, BOTH(JSON_IS_LIST), AT(response_types),
		.most = BOTH(32), .each = judge_response_type, .judge = judge_response_types},
	{BOTH("redirect_uris"), BOTH(JSON_IS_LIST), AT(client.redirect_uris),
		.most = {200, 20}, .each = judge_uri, .judge = judge_redirect_uris},
	{{"name", "client_name"}, BOTH(JSON_IS_TEXT), AT(client.name),
		.fallback = {NULL, "Unnamed client"}, .most = {CLIENT_NAME_MAX, 120}, .judge = judge_name},
	{{"scopes", "scope"}, {JSON_IS_LIST, JSON_IS_TEXT}, AT(client.scopes),
		.judge = judge_scopes},
	{{"id_token_alg", "id_token_signed_response_alg"}, BOTH(JSON_IS_TEXT), AT(client.id_token_alg),
		.choices = {NULL, "ES256 RS256"}, .judge = judge_id_token_alg},
	{BOTH("post_logout_redirect_uris"), BOTH(JSON_IS_LIST), AT(client.post_logout_redirect_uris),
		.most = {200, 20}, .each = judge_uri},
	{BOTH("backchannel_logout_uri"), BOTH(JSON_IS_TEXT), AT(client.backchannel_logout_uri),
		.judge = judge_backchannel_uri},
	{{"token_profile", NULL}, BOTH(JSON_IS_TEXT), AT(client.token_profile), .fallback = BOTH("standard")},
	{{NULL, "client_uri"}, BOTH(JSON_IS_TEXT), AT(registration.client_uri), .judge = judge_https},
	{{NULL, "logo_uri"}, BOTH(JSON_IS_TEXT), AT(registration.logo_uri), .judge = judge_https},
	{{NULL, "contacts"}, BOTH(JSON_IS_LIST), AT(registration.contacts), .most = BOTH(10), .each = client_spec_judge_contact},
	{{NULL, "subject_type"}, BOTH(JSON_IS_TEXT), AT(subject_type), .choices = {NULL, "public"}},
	{{"device_code_expiration", NULL}, BOTH(JSON_IS_TEXT), AT(client.device_code_expiration), .judge = client_spec_judge_duration},
	{{"device_refresh_lifetime", NULL}, BOTH(JSON_IS_TEXT), AT(client.device_refresh_lifetime), .judge = client_spec_judge_duration},
	{{"device_sign_in_within", NULL}, BOTH(JSON_IS_TEXT), AT(client.device_sign_in_within), .judge = client_spec_judge_duration},
	{{"device_networks", NULL}, BOTH(JSON_IS_LIST), AT(client.device_networks), .most = BOTH(100), .each = client_spec_judge_network},
	{{"device_scopes", NULL}, BOTH(JSON_IS_LIST), AT(client.device_scopes), .most = BOTH(100), .each = client_spec_judge_scope},
	{{"access_token_typ", NULL}, BOTH(JSON_IS_TEXT), AT(client.access_token_typ), .fallback = BOTH("at+jwt")},
	{{"token_provider", NULL}, BOTH(JSON_IS_TEXT), AT(client.token_provider), .fallback = BOTH("default")},
};
/* clang-format on */

/* What operators may say: the fields of lib/ops/client.def.  One that no rule speaks of is kept
 * as it is said, if it is a choice, a flag, or a text that shows as what it is. */
#define JSON_OF_ID               JSON_IS_TEXT
#define JSON_OF_TEXT             JSON_IS_TEXT
#define JSON_OF_CHOICE           JSON_IS_TEXT
#define JSON_OF_WORDS            JSON_IS_LIST
#define JSON_OF_FLAG             JSON_IS_FLAG
#define JSON_OF_NUMBER           JSON_IS_NUMBER
#define JSON_OF_DURATION         JSON_IS_TEXT
#define JSON_OF_TIME             JSON_IS_TEXT
#define ONE_OF_ID(choices)       NULL
#define ONE_OF_TEXT(choices)     NULL
#define ONE_OF_CHOICE(choices)   choices
#define ONE_OF_WORDS(choices)    NULL
#define ONE_OF_FLAG(choices)     NULL
#define ONE_OF_NUMBER(choices)   NULL
#define ONE_OF_DURATION(choices) NULL
#define ONE_OF_TIME(choices)     NULL

static const struct {
	unsigned places;
	struct rule rule;
} fields[] = {
#define CLIENTS_ONLY
#define FIELD(resource, kind, member, name, places, label, flag, choices_, help) \
	{places, {{#name, NULL}, BOTH(JSON_OF_##kind), AT(client.member), \
			 .choices = {ONE_OF_##kind(choices_), NULL}, .most = {TEXT_SIZE_MAX, 0}, \
			 .judge = judge_text}},
#include "lib/ops/all.def"
};

static bool
is_named(const struct rule *rule, const char *name)
{
	return rule->names[CLIENT_BY_OPERATOR] &&
	       str_is(str_of(rule->names[CLIENT_BY_OPERATOR]), name);
}

/* The words that an operator may choose of; NULL for what is no choice. */
static const char *
operators_choices(const char *name)
{
	for (size_t i = 0; i < countof(fields); i++)
		if (is_named(&fields[i].rule, name))
			return fields[i].rule.choices[CLIENT_BY_OPERATOR];
	return NULL;
}

/* The i-th of all rules: those of the table, then the fields that may be said and have none there.
 * NULL behind the last. */
static const struct rule *
rule_at(size_t i)
{
	if (i < countof(rules))
		return &rules[i];
	i -= countof(rules);
	for (size_t f = 0; f < countof(fields); f++) {
		bool is_plain = fields[f].places & (OP_CREATE | OP_EDIT);

		for (size_t r = 0; is_plain && r < countof(rules); r++)
			is_plain = !is_named(&rules[r], fields[f].rule.names[CLIENT_BY_OPERATOR]);
		if (is_plain && !i--)
			return &fields[f].rule;
	}
	return NULL;
}

/* ---- reading ---- */

static enum err
read_words(struct context *cx, const struct json *doc, const char *name, struct str *ret)
{
	struct buf words;

	buf_init(&words, cx->arena, LIST_SIZE_MAX);
	for (size_t i = 0; i < json_array_count(doc, name); i++) {
		struct str word;

		if (!json_array_str(doc, name, i, &word) || !word.n || str_has_char(word, ' '))
			return client_spec_refuse(
				cx, name, "expected an array of strings without spaces");
		if (words.n)
			buf_add_char(&words, ' ');
		buf_add(&words, word);
	}
	*ret = buf_str(&words);
	return buf_ok(&words) ? OK : client_spec_refuse(cx, name, "too long");
}

static enum err
read_member(struct context *cx, enum json_kind kind, const char *name, const struct json *doc,
	void *into)
{
	static const char *const expected[] = {
		[JSON_IS_TEXT] = "expected a string",
		[JSON_IS_LIST] = "expected an array",
		[JSON_IS_FLAG] = "expected true or false",
		[JSON_IS_NUMBER] = "expected a whole number",
	};

	if (json_kind(doc, name) == JSON_IS_ABSENT)
		return OK;
	if (json_kind(doc, name) != kind)
		return client_spec_refuse(cx, name, expected[kind]);
	if (kind == JSON_IS_FLAG)
		*(bool *)into = json_get_bool(doc, name, false);
	else if (kind == JSON_IS_NUMBER)
		*(int64_t *)into = json_get_i64(doc, name, -1);
	else if (kind == JSON_IS_LIST)
		return read_words(cx, doc, name, into);
	else
		*(struct str *)into = str_copy(cx->arena, json_get_str(doc, name));
	return OK;
}

enum err
client_spec_read(struct context *cx, enum client_door door, const struct json *doc,
	struct client_metadata *said)
{
	const struct rule *rule;

	for (size_t i = 0; (rule = rule_at(i)); i++) {
		const char *name = rule->names[door];
		void *into = (char *)said + rule->at;
		enum err e = name ? read_member(cx, rule->kinds[door], name, doc, into) : OK;

		if (e)
			return e;
	}
	return OK;
}

/* ---- judging ---- */

/* Words without repetition, each of which has been judged. */
static enum err
judge_words(struct judging *j, const struct rule *rule, const char *name, struct str *list)
{
	struct buf words;
	size_t count = 0;

	buf_init(&words, j->cx->arena, LIST_SIZE_MAX);
	STR_EACH (word, *list) {
		enum err e = rule->each(j, name, &word);

		if (e)
			return e;
		if (++count > rule->most[j->door])
			return client_spec_refuse(j->cx, name, "too many values");
		if (scope_has(buf_str(&words), word))
			continue;
		if (words.n)
			buf_add_char(&words, ' ');
		buf_add(&words, word);
	}
	*list = buf_str(&words);
	return buf_ok(&words) ? OK : client_spec_refuse(j->cx, name, "too long");
}

/* What is said has to pass the columns. */
static enum err
judge_columns(struct judging *j, const struct rule *rule, const char *name, struct str *value)
{
	const char *choices =
		j->door == CLIENT_BY_OPERATOR ? operators_choices(name) : rule->choices[j->door];

	if (choices && (!value->n || !scope_has(str_of(choices), *value)))
		return client_spec_refuse(
			j->cx, name, arena_printf(j->cx->arena, "expected one of: %s", choices));
	if (rule->each)
		return judge_words(j, rule, name, value);
	if (rule->most[j->door] && value->n > rule->most[j->door])
		return client_spec_refuse(j->cx, name,
			arena_printf(j->cx->arena, "more than %zu bytes", rule->most[j->door]));
	return OK;
}

static void
keep_flag(struct judging *j, const struct rule *rule)
{
	if (rule->names[j->door])
		*(bool *)((char *)j->kept + rule->at) =
			*(const bool *)((const char *)j->said + rule->at);
}

static enum err
keep_number(struct judging *j, const struct rule *rule)
{
	const char *name = rule->names[j->door];
	const int64_t *said = (const void *)((const char *)j->said + rule->at);

	if (!name)
		return OK;
	if (*said < 0 || *said > NUMBER_MAX)
		return client_spec_refuse(j->cx, name, "expected a whole number from 0 to 1000000");
	*(int64_t *)(void *)((char *)j->kept + rule->at) = *said;
	return OK;
}

/* What this door does not speak of stays as another door has said it. */
static bool
is_settled(const struct judging *j, const struct rule *rule)
{
	return !rule->names[j->door] &&
	       ((const struct str *)(const void *)((const char *)j->kept + rule->at))->n;
}

static enum err
judge_member(struct judging *j, const struct rule *rule)
{
	const char *name = rule->names[j->door];
	struct str value = *(const struct str *)(const void *)((const char *)j->said + rule->at);
	bool is_said = j->door == CLIENT_BY_OPERATOR ? value.n > 0 : value.p != NULL;
	enum err e;

	if (!name || !is_said)
		value = str_of(rule->fallback[j->door]);
	else if ((e = judge_columns(j, rule, name, &value)))
		return e;
	*(struct str *)(void *)((char *)j->kept + rule->at) = value;
	return name && rule->judge ? rule->judge(j, name, value) : OK;
}

enum err
client_spec_judge(struct context *cx, enum client_door door, const struct client_metadata *said,
	struct client_metadata *ret)
{
	struct client_metadata kept = *ret;
	struct judging j = {.cx = cx, .door = door, .said = said, .kept = &kept};
	const struct rule *rule;
	enum err e = OK;

	for (size_t i = 0; !e && (rule = rule_at(i)); i++) {
		if (rule->kinds[door] == JSON_IS_FLAG)
			keep_flag(&j, rule);
		else if (rule->kinds[door] == JSON_IS_NUMBER)
			e = keep_number(&j, rule);
		else if (!is_settled(&j, rule))
			e = judge_member(&j, rule);
	}
	if (e)
		return e;
	*ret = kept;
	return OK;
}
