/* Resource indicators. */
#include "lib/oauth/resource.h"

#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/config/config.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/scope.h"

enum { RESOURCES_MAX = 2048 };

/* RFC 8707 section 2. */
static bool
is_resource(struct str text)
{
	struct url url;

	return !url_parse(text, &url, NULL) && url.host.n && !url.has_fragment;
}

/* Whoever checks tokens by issuer and audience trusts us to have been told of it. */
static bool
is_allowed(const struct context *cx, struct str resource)
{
	return !cx->config->jwt_resources.n || scope_has(cx->config->jwt_resources, resource) ||
	       scope_has(resource_default(cx), resource) || str_eq(resource, cx->issuer->url);
}

enum err
resource_read(const struct context *cx, const struct form *form, struct str *ret)
{
	struct buf list;

	buf_init(&list, cx->arena, RESOURCES_MAX);
	for (size_t i = 0; i < form->count; i++) {
		struct str value = form->fields[i].value;

		if (!value.n || !str_is(form->fields[i].name, "resource"))
			continue;
		if (!is_resource(value) || !is_allowed(cx, value))
			return ERR_INVALID_TARGET;
		if (scope_has(buf_str(&list), value))
			continue;
		if (list.n)
			buf_add_char(&list, ' ');
		buf_add(&list, value);
	}
	*ret = buf_str(&list);
	return buf_ok(&list) ? OK : ERR_INVALID_TARGET;
}

enum err
resource_narrow(const struct context *cx, struct str granted, struct str asked, struct str *ret)
{
	if (!scope_covers(granted.n ? granted : resource_default(cx), asked))
		return ERR_INVALID_TARGET;
	*ret = asked.n ? asked : granted;
	return OK;
}

struct str
resource_default(const struct context *cx)
{
	return cx->config->jwt_audience.n ? cx->config->jwt_audience : cx->issuer->url;
}

void
resource_write_audience(struct buf *out, const struct context *cx, struct str resource)
{
	struct str audience = resource.n ? resource : resource_default(cx);

	if (str_has_char(audience, ' '))
		json_member_words(out, "aud", audience);
	else
		json_member_str(out, "aud", audience);
}
