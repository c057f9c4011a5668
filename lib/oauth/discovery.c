/* Writes the metadata document. */
#include "lib/oauth/discovery.h"

#include "lib/base/json.h"
#include "lib/oauth/grant.h"
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

void
discovery_write(const struct context *cx, struct buf *out)
{
	json_open(out, '{');
	json_member_str(out, "issuer", cx->issuer->url);
	write_endpoint(cx, out, "token_endpoint", "/oauth/token");
	write_endpoint(cx, out, "device_authorization_endpoint", "/oauth/device/code");
	write_endpoint(cx, out, "jwks_uri", "/.well-known/jwks.json");
	write_grants(out);
	json_member_words(out, "response_types_supported", STR(""));
	json_member_words(out, "subject_types_supported", STR("public"));
	json_member_words(out, "scopes_supported", STR("openid profile email offline_access"));
	json_member_words(out, "token_endpoint_auth_methods_supported",
		STR("none client_secret_basic client_secret_post"));
	json_close(out, '}');
}
