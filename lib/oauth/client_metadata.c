/* The form that client metadata has on the wire. */
#include "lib/oauth/client_metadata.h"

#include "lib/oauth/scope.h"

/* Members that mean nothing here are ignored (RFC 7591 section 2).  A client that asks for one
 * of these counts on it: without, it would fail later, or be less safe than it believes. */
static const struct {
	const char *name;
	const char *why;
} refused[] = {
	{"id_token_encrypted_response_alg", "encryption is not supported"},
	{"userinfo_encrypted_response_alg", "encryption is not supported"},
	{"userinfo_signed_response_alg", "userinfo is plain JSON"},
	{"tls_client_certificate_bound_access_tokens", "bound tokens are not supported"},
	{"dpop_bound_access_tokens", "bound tokens are not supported"},
	{"require_pushed_authorization_requests", "pushed requests are not supported"},
	{"require_signed_request_object", "request objects are not supported"},
};

static enum err
refuse_unsupported(struct context *cx, const struct json *doc)
{
	if (json_kind(doc, "software_statement") != JSON_IS_ABSENT)
		return ERR_UNAPPROVED_SOFTWARE_STATEMENT;
	for (size_t i = 0; i < countof(refused); i++) {
		enum json_kind kind = json_kind(doc, refused[i].name);

		if (kind == JSON_IS_ABSENT ||
			(kind == JSON_IS_FLAG && !json_get_bool(doc, refused[i].name, true)))
			continue;
		cx->problem = str_printf(cx->arena, "%s: %s", refused[i].name, refused[i].why);
		return ERR_INVALID_CLIENT_METADATA;
	}
	return OK;
}

enum err
client_metadata_read(struct context *cx, const struct json *doc, struct client_metadata *ret)
{
	struct client_metadata said = {.client = {.type = STR_NONE}}, read = said;
	enum err e;

	if ((e = refuse_unsupported(cx, doc)) ||
		(e = client_spec_read(cx, CLIENT_BY_ITSELF, doc, &said)) ||
		(e = client_spec_judge(cx, CLIENT_BY_ITSELF, &said, &read)))
		return e;
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
