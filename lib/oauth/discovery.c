/* Writes the metadata document. */
#include "lib/oauth/discovery.h"

#include "lib/base/json.h"
#include "lib/config/config.h"
#include "lib/oauth/grant.h"
#include "lib/oauth/id_token.h"
#include "lib/oauth/issuer.h"

static void
write_endpoint(const struct context *cx, struct buf *out, const char *name, const char *path)
{
	json_member_str(out, name, str_printf(cx->arena, "%.*s%s", STR_ARG(cx->issuer->url), path));
}

static void
write_grants(struct buf *out)
{
	json_key(out, "grant_types_supported");
	json_open(out, '[');
	for (size_t i = 0; i < grants_count; i++)
		json_str(out, str_of(grants[i].type));
	json_close(out, ']');
}

static struct str
id_token_algs(const struct context *cx)
{
	return key_algorithm(cx->issuer->signer) == KEY_ES256 ? STR("ES256 RS256") : STR("RS256");
}

void
discovery_write(const struct context *cx, struct buf *out)
{
	json_open(out, '{');
	json_member_str(out, "issuer", cx->issuer->url);
	write_endpoint(cx, out, "authorization_endpoint", "/oauth/authorize");
	write_endpoint(cx, out, "token_endpoint", "/oauth/token");
	write_endpoint(cx, out, "device_authorization_endpoint", "/oauth/device/code");
	write_endpoint(cx, out, "userinfo_endpoint", "/oauth/userinfo");
	write_endpoint(cx, out, "introspection_endpoint", "/oauth/introspect");
	write_endpoint(cx, out, "revocation_endpoint", "/oauth/revoke");
	write_endpoint(cx, out, "end_session_endpoint", "/oauth/logout");
	if (cx->config->registration_enabled)
		write_endpoint(cx, out, "registration_endpoint", "/oauth/register");
	write_endpoint(cx, out, "jwks_uri", "/.well-known/jwks.json");
	write_grants(out);
	/* An extension of our own: docs/DEVICE.md. */
	if (!str_is(cx->config->device_typed_back, "never"))
		json_member_words(out, "device_confirmation_methods_supported", STR("typed"));
	json_member_bool(out, "device_confirmation_required",
		str_is(cx->config->device_typed_back, "require"));
	json_member_words(out, "response_types_supported", STR("code"));
	json_member_words(out, "response_modes_supported", STR("query form_post"));
	json_member_words(out, "code_challenge_methods_supported", STR("S256"));
	json_member_words(out, "prompt_values_supported", STR("none login consent select_account"));
	json_member_bool(out, "authorization_response_iss_parameter_supported", true);
	json_member_bool(out, "backchannel_logout_supported", true);
	json_member_bool(out, "backchannel_logout_session_supported", true);
	json_member_bool(out, "request_parameter_supported", false);
	json_member_bool(out, "request_uri_parameter_supported", false);
	json_member_bool(out, "claims_parameter_supported", true);
	json_member_words(out, "id_token_signing_alg_values_supported", id_token_algs(cx));
	json_member_words(out, "acr_values_supported", STR(ACR_PASSWORD));
	json_member_words(out, "claims_supported",
		STR("iss sub aud exp iat auth_time nonce acr amr azp at_hash sid "
		    "preferred_username "
		    "name "
		    "updated_at email email_verified groups"));
	json_member_words(out, "subject_types_supported", STR("public"));
	json_member_words(out, "scopes_supported",
		cx->config->refresh_enabled ? STR("openid profile email offline_access")
					    : STR("openid profile email"));
	json_member_words(out, "token_endpoint_auth_methods_supported",
		STR("none client_secret_basic client_secret_post"));
	json_member_words(out, "revocation_endpoint_auth_methods_supported",
		STR("none client_secret_basic client_secret_post"));
	json_member_words(out, "introspection_endpoint_auth_methods_supported",
		STR("client_secret_basic client_secret_post"));
	json_close(out, '}');
}
