/* The table of grants. */
#include "lib/oauth/grant.h"

#include "lib/oauth/client.h"

enum err
grant_find(struct context *cx, struct str type, const struct grant **ret)
{
	if (!type.n) {
		cx->problem = STR("grant_type is missing");
		return ERR_INVALID_REQUEST;
	}
	for (size_t i = 0; i < grants_count; i++) {
		if (str_is(type, grants[i].type)) {
			*ret = &grants[i];
			return OK;
		}
	}
	return ERR_UNSUPPORTED_GRANT_TYPE;
}

enum err
grant_credential(const struct grant_call *call, const char *name, struct credential *ret)
{
	struct str text = form_get(call->form, name);

	if (!text.n) {
		call->cx->problem = str_printf(call->cx->arena, "%s is missing", name);
		return ERR_INVALID_REQUEST;
	}
	if (!credential_parse(text, ret))
		return OK;
	return grant_refuse(
		call->cx, arena_printf(call->cx->arena,
				  "%s is none of this server's; it may be cut off", name));
}

enum err
grant_refuse(struct context *cx, const char *why)
{
	cx->problem = str_of(why);
	return ERR_INVALID_GRANT;
}

enum err
grant_permit(struct context *cx, const struct grant *grant, const struct client *client)
{
	if (grant->confidential_only && client_is_public(client)) {
		cx->problem = STR("a public client cannot have tokens of its own");
		return ERR_UNAUTHORIZED_CLIENT;
	}
	return client_may_use(client, grant->type) ? OK : ERR_UNAUTHORIZED_CLIENT;
}

const struct grant grants[] = {
	{.type = "authorization_code", .run = grant_auth_code_run},
	{.type = "refresh_token", .run = grant_refresh_run},
	{.type = "urn:ietf:params:oauth:grant-type:device_code", .run = grant_device_run},
	{.type = "client_credentials",
		.confidential_only = true,
		.run = grant_client_credentials_run},
};
const size_t grants_count = countof(grants);
