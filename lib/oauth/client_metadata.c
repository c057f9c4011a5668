/* The members of client metadata, as a table at the end. */
#include "lib/oauth/client_metadata.h"

#include "lib/base/url.h"
#include "lib/config/config.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/redirect.h"
#include "lib/oauth/scope.h"

#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

enum { CONTACTS_MAX = 10, CONTACT_SIZE_MAX = 254, WORDS_MAX = 32, LIST_SIZE_MAX = 16 * 1024 };

struct reader {
	struct context *cx;
	const struct json *doc;
	struct client *client;
	struct registration *registration;
};

static enum err
refuse(struct reader *r, const char *name, const char *why)
{
	r->cx->problem = str_printf(r->cx->arena, "%s: %s", name, why);
	return ERR_INVALID_CLIENT_METADATA;
}

/* ---- lists of words ---- */

typedef enum err word_check(struct reader *, const char *name, struct str word);

/* The strings of an array as one list: words without repetition, none of which
 * contains a space. */
static enum err
read_list(struct reader *r, const char *name, size_t max, word_check *check, struct str *ret)
{
	size_t count = json_array_count(r->doc, name);
	struct buf list;

	if (count > max)
		return refuse(r, name, "too many values");
	buf_init(&list, r->cx->arena, LIST_SIZE_MAX);
	for (size_t i = 0; i < count; i++) {
		struct str word;
		enum err e;

		if (!json_array_str(r->doc, name, i, &word) || !word.n || str_has_char(word, ' '))
			return refuse(r, name, "expected an array of strings without spaces");
		if ((e = check(r, name, word)))
			return e;
		if (scope_has(buf_str(&list), word))
			continue;
		if (list.n)
			buf_add_char(&list, ' ');
		buf_add(&list, word);
	}
	*ret = buf_str(&list);
	return buf_ok(&list) ? OK : refuse(r, name, "too long");
}

static bool
is_native(const struct reader *r)
{
	return str_is(r->client->application_type, "native");
}

static enum err
check_redirect_uri(struct reader *r, const char *name, struct str uri)
{
	struct diag diag = {""};

	if (!redirect_may_register(uri, is_native(r), &diag))
		return OK;
	(void)refuse(r, name, diag.text);
	return ERR_INVALID_REDIRECT_URI;
}

static enum err
check_contact(struct reader *r, const char *name, struct str contact)
{
	if (contact.n > CONTACT_SIZE_MAX || !str_is_printable(contact))
		return refuse(r, name, "expected addresses in printable ASCII");
	return OK;
}

/* "device_code" is what the Go original also takes. */
static enum err
check_grant(struct reader *r, const char *name, struct str grant)
{
	static const char *const known[] = {"authorization_code", "refresh_token",
		"client_credentials", DEVICE_GRANT, "device_code"};

	for (size_t i = 0; i < countof(known); i++)
		if (str_is(grant, known[i]))
			return OK;
	return refuse(r, name, "a grant type that is not supported");
}

static enum err
check_response_type(struct reader *r, const char *name, struct str type)
{
	return str_is(type, "code") ? OK : refuse(r, name, "only code is supported");
}

/* ---- the members ---- */

static enum err
read_choice(struct reader *r, const char *name, struct str choices, struct str *ret)
{
	struct str value = json_get_str(r->doc, name);

	if (json_kind(r->doc, name) == JSON_IS_ABSENT)
		return OK;
	if (!value.n || !scope_has(choices, value))
		return refuse(r, name, "a value that is not supported");
	*ret = str_copy(r->cx->arena, value);
	return OK;
}

static enum err
read_application_type(struct reader *r, const char *name)
{
	r->client->application_type = STR("web");
	return read_choice(r, name, STR("web native"), &r->client->application_type);
}

static enum err
read_auth_method(struct reader *r, const char *name)
{
	struct client *c = r->client;
	enum err e;

	c->auth_method = STR("client_secret_basic");
	e = read_choice(
		r, name, STR("client_secret_basic client_secret_post none"), &c->auth_method);
	c->type = str_is(c->auth_method, "none") ? STR("public") : STR("confidential");
	return e;
}

/* A registered machine needs somebody who vouches for it: an administrator or
 * the initial access token. */
static enum err
check_machine(struct reader *r, const char *name)
{
	const struct config *config = r->cx->config;

	if (str_is(r->client->type, "public"))
		return refuse(r, name, "client_credentials needs a client with a secret");
	if (!config->registration_approval && !config->registration_token.n)
		return refuse(r, name, "client_credentials needs approval by an administrator");
	return OK;
}

static struct str
full_grant_names(struct arena *arena, struct str grants)
{
	struct str names = STR_NONE;

	STR_EACH (grant, grants)
		names = scope_union(
			arena, names, str_is(grant, "device_code") ? STR(DEVICE_GRANT) : grant);
	return names;
}

static enum err
read_grants(struct reader *r, const char *name)
{
	struct client *c = r->client;
	enum err e;

	if ((e = read_list(r, name, WORDS_MAX, check_grant, &c->grants)))
		return e;
	c->grants =
		c->grants.n ? full_grant_names(r->cx->arena, c->grants) : STR("authorization_code");
	if (str_is(c->grants, "refresh_token"))
		return refuse(r, name, "refresh_token needs a grant that gives one");
	if (scope_has(c->grants, STR("client_credentials")))
		return check_machine(r, name);
	return OK;
}

/* Section 2.1: response types and grant types go together. */
static enum err
read_response_types(struct reader *r, const char *name)
{
	bool code = scope_has(r->client->grants, STR("authorization_code"));
	struct str types;
	enum err e;

	if ((e = read_list(r, name, WORDS_MAX, check_response_type, &types)))
		return e;
	if (types.n && !code)
		return refuse(r, name, "code needs the grant type authorization_code");
	return OK;
}

static enum err
read_redirect_uris(struct reader *r, const char *name)
{
	struct client *c = r->client;
	enum err e;

	if ((e = read_list(r, name, CLIENT_URIS_MAX, check_redirect_uri, &c->redirect_uris)))
		return e;
	if (c->redirect_uris.n || !scope_has(c->grants, STR("authorization_code")))
		return OK;
	(void)refuse(r, name, "authorization_code needs one");
	return ERR_INVALID_REDIRECT_URI;
}

static enum err
read_post_logout_uris(struct reader *r, const char *name)
{
	return read_list(r, name, CLIENT_URIS_MAX, check_redirect_uri,
		&r->client->post_logout_redirect_uris);
}

/* What ends, hides or turns a line, so that a name shows as what it is. */
static bool
is_deceptive(struct str character)
{
	static const struct {
		struct str prefix;
		unsigned char first, last; /* of the last byte */
	} ranges[] = {
		{STR_INIT(""), 0x00, 0x1f},
		{STR_INIT(""), 0x7f, 0x7f},
		{STR_INIT("\xc2"), 0x80, 0x9f},         /* C1 */
		{STR_INIT("\xc2"), 0xad, 0xad},         /* soft hyphen */
		{STR_INIT("\xd8"), 0x9c, 0x9c},         /* U+061C */
		{STR_INIT("\xe2\x80"), 0x8b, 0x8f},     /* U+200B to U+200F */
		{STR_INIT("\xe2\x80"), 0xa8, 0xae},     /* U+2028 to U+202E */
		{STR_INIT("\xe2\x81"), 0xa0, 0xaf},     /* U+2060 to U+206F */
		{STR_INIT("\xef\xbb"), 0xbf, 0xbf},     /* U+FEFF */
		{STR_INIT("\xf3\xa0\x80"), 0x80, 0xbf}, /* tags */
		{STR_INIT("\xf3\xa0\x81"), 0x80, 0xbf},
	};
	unsigned char last = (unsigned char)character.p[character.n - 1];

	for (size_t i = 0; i < countof(ranges); i++)
		if (str_eq(str_first(character, character.n - 1), ranges[i].prefix) &&
			last >= ranges[i].first && last <= ranges[i].last)
			return true;
	return false;
}

static bool
is_honest_text(struct str s)
{
	while (s.n) {
		size_t n = str_utf8_sequence(s);

		if (!n || is_deceptive(str_first(s, n)))
			return false;
		s = str_from(s, n);
	}
	return true;
}

static enum err
read_name(struct reader *r, const char *name)
{
	struct str value = str_trim(json_get_str(r->doc, name));

	if (json_kind(r->doc, name) == JSON_IS_ABSENT)
		value = STR("Unnamed client");
	if (!value.n || value.n > CLIENT_NAME_MAX || !is_honest_text(value))
		return refuse(r, name, "expected 1 to 120 bytes without control characters");
	r->client->name = str_copy(r->cx->arena, value);
	return OK;
}

static enum err
read_scope(struct reader *r, const char *name)
{
	struct str asked = json_get_str(r->doc, name);
	struct str granted;

	if (scope_grant(r->cx->arena, asked, r->cx->config->registration_scopes, &granted))
		return refuse(r, name, "more than registered clients may ask for");
	r->client->scopes = granted;
	return OK;
}

static enum err
read_id_token_alg(struct reader *r, const char *name)
{
	const struct key *key;
	enum err e;

	if ((e = read_choice(r, name, STR("ES256 RS256"), &r->client->id_token_alg)))
		return e;
	if (r->client->id_token_alg.n &&
		issuer_id_token_key(r->cx->issuer, r->client->id_token_alg, &key))
		return refuse(r, name, "the server has no such key");
	return OK;
}

/* Shown to people, or asked by us over the network: nothing but https. */
static enum err
read_https_url(struct reader *r, const char *name, struct str *ret)
{
	struct str text = json_get_str(r->doc, name);
	struct url url;

	if (!text.n)
		return OK;
	if (url_parse(text, &url, NULL) || !str_is(url.scheme, "https") || url.has_userinfo ||
		url.has_fragment)
		return refuse(r, name, "expected an https URL without user or fragment");
	*ret = str_copy(r->cx->arena, text);
	return OK;
}

/* The server itself will call this one: nothing on this computer. Where names
 * lead is judged when it does. */
static enum err
read_backchannel_uri(struct reader *r, const char *name)
{
	struct str *uri = &r->client->backchannel_logout_uri;
	struct url url;
	enum err e;

	if ((e = read_https_url(r, name, uri)) || !uri->n)
		return e;
	if (url_parse(*uri, &url, NULL) || url_is_loopback(&url))
		return refuse(r, name, "the host is this computer");
	return OK;
}

static enum err
read_client_uri(struct reader *r, const char *name)
{
	return read_https_url(r, name, &r->registration->client_uri);
}

static enum err
read_logo_uri(struct reader *r, const char *name)
{
	return read_https_url(r, name, &r->registration->logo_uri);
}

static enum err
read_contacts(struct reader *r, const char *name)
{
	return read_list(r, name, CONTACTS_MAX, check_contact, &r->registration->contacts);
}

static enum err
read_subject_type(struct reader *r, const char *name)
{
	struct str unused;

	return read_choice(r, name, STR("public"), &unused);
}

/* ---- the table ---- */

static enum err
refuse_statement(struct reader *r)
{
	if (json_kind(r->doc, "software_statement") == JSON_IS_ABSENT)
		return OK;
	return ERR_UNAPPROVED_SOFTWARE_STATEMENT;
}

/* A client that asks for one of these counts on it. */
static const struct {
	const char *name;
	const char *why;
} refused[] = {
	{"jwks", "keys of clients are not supported: use a client secret, or none and PKCE"},
	{"jwks_uri", "keys of clients are not supported, and nothing is fetched"},
	{"sector_identifier_uri", "pairwise subjects are not supported, and nothing is fetched"},
	{"id_token_encrypted_response_alg", "encryption is not supported"},
	{"userinfo_encrypted_response_alg", "encryption is not supported"},
	{"userinfo_signed_response_alg", "userinfo is plain JSON"},
	{"tls_client_certificate_bound_access_tokens", "bound tokens are not supported"},
	{"dpop_bound_access_tokens", "bound tokens are not supported"},
	{"require_pushed_authorization_requests", "pushed requests are not supported"},
	{"require_signed_request_object", "request objects are not supported"},
};

static enum err
refuse_unsupported(struct reader *r)
{
	for (size_t i = 0; i < countof(refused); i++) {
		enum json_kind kind = json_kind(r->doc, refused[i].name);

		if (kind == JSON_IS_ABSENT ||
			(kind == JSON_IS_FLAG && !json_get_bool(r->doc, refused[i].name, true)))
			continue;
		return refuse(r, refused[i].name, refused[i].why);
	}
	return OK;
}

/* In an order in which each finds what it builds on.  An absent member goes
 * through its reader too, which knows the default. */
static const struct {
	const char *name;
	enum json_kind kind;
	enum err (*read)(struct reader *, const char *name);
} members[] = {
	{"application_type", JSON_IS_TEXT, read_application_type},
	{"token_endpoint_auth_method", JSON_IS_TEXT, read_auth_method},
	{"grant_types", JSON_IS_LIST, read_grants},
	{"response_types", JSON_IS_LIST, read_response_types},
	{"redirect_uris", JSON_IS_LIST, read_redirect_uris},
	{"client_name", JSON_IS_TEXT, read_name},
	{"scope", JSON_IS_TEXT, read_scope},
	{"id_token_signed_response_alg", JSON_IS_TEXT, read_id_token_alg},
	{"post_logout_redirect_uris", JSON_IS_LIST, read_post_logout_uris},
	{"backchannel_logout_uri", JSON_IS_TEXT, read_backchannel_uri},
	{"client_uri", JSON_IS_TEXT, read_client_uri},
	{"logo_uri", JSON_IS_TEXT, read_logo_uri},
	{"contacts", JSON_IS_LIST, read_contacts},
	{"subject_type", JSON_IS_TEXT, read_subject_type},
};

enum err
client_metadata_read(struct context *cx, const struct json *doc, struct client_metadata *ret)
{
	struct client_metadata read = {.client.token_profile = STR("standard")};
	struct reader r = {
		.cx = cx, .doc = doc, .client = &read.client, .registration = &read.registration};
	enum err e;

	if ((e = refuse_statement(&r)) || (e = refuse_unsupported(&r)))
		return e;
	for (size_t i = 0; i < countof(members); i++) {
		enum json_kind kind = json_kind(doc, members[i].name);

		if (kind != members[i].kind && kind != JSON_IS_ABSENT)
			return refuse(&r, members[i].name,
				members[i].kind == JSON_IS_TEXT ? "expected a string"
								: "expected an array");
		if ((e = members[i].read(&r, members[i].name)))
			return e;
	}
	*ret = read;
	return OK;
}

static void
write_text(struct buf *out, const char *name, struct str value)
{
	if (value.n)
		json_member_str(out, name, value);
}

static void
write_words(struct buf *out, const char *name, struct str words)
{
	if (words.n)
		json_member_words(out, name, words);
}

void
client_metadata_write(struct buf *out, const struct client_metadata *m)
{
	const struct client *c = &m->client;
	bool code = scope_has(c->grants, STR("authorization_code"));

	json_member_str(out, "client_name", c->name);
	json_member_words(out, "redirect_uris", c->redirect_uris);
	json_member_words(out, "grant_types", c->grants);
	json_member_words(out, "response_types", code ? STR("code") : STR_NONE);
	json_member_str(out, "token_endpoint_auth_method", c->auth_method);
	json_member_str(out, "application_type", c->application_type);
	json_member_str(out, "subject_type", STR("public"));
	json_member_str(out, "scope", c->scopes);
	write_text(out, "id_token_signed_response_alg", c->id_token_alg);
	write_words(out, "post_logout_redirect_uris", c->post_logout_redirect_uris);
	write_text(out, "backchannel_logout_uri", c->backchannel_logout_uri);
	write_text(out, "client_uri", m->registration.client_uri);
	write_text(out, "logo_uri", m->registration.logo_uri);
	write_words(out, "contacts", m->registration.contacts);
}
