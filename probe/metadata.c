/* Cases: what the server says about itself (RFC 8414, RFC 8628 section 4, RFC 9207). */
#include "clients/discovery.h"
#include "lib/base/url.h"
#include "probe/case.h"

enum probe_result
probe_metadata_found(struct probe *p)
{
	struct str urls[DOCUMENTS];

	if (client_discovery_urls(p->arena, p->options->issuer, urls, NULL))
		return probe_fail(p, "the issuer is no usable address");
	for (size_t i = 0; i < DOCUMENTS; i++) {
		const struct wire w = {.url = urls[i]};
		struct answer *a = &p->documents[i];

		probe_ask(p, &w, a);
		if (a->status == 200 && a->json && !p->metadata)
			p->metadata = a->json;
	}
	if (!p->metadata)
		return probe_fail(p, "%.*s: %s", STR_ARG(urls[DOCUMENT_OAUTH]),
			probe_words(p, &p->documents[DOCUMENT_OAUTH]));
	p->token_endpoint = json_get_str(p->metadata, "token_endpoint");
	p->device_endpoint = json_get_str(p->metadata, "device_authorization_endpoint");
	if (!fetch_url_is_safe(p->token_endpoint))
		p->token_endpoint = STR_NONE;
	if (!fetch_url_is_safe(p->device_endpoint))
		p->device_endpoint = STR_NONE;
	return probe_pass(p);
}

/* RFC 8414 section 3.2 */
enum probe_result
probe_metadata_type(struct probe *p)
{
	for (size_t i = 0; i < DOCUMENTS; i++)
		if (p->documents[i].json && p->documents[i].status == 200 &&
			!probe_is_json(&p->documents[i]))
			return probe_fail(p, "the Content-Type is %.*s",
				STR_ARG(probe_clean(p, p->documents[i].type)));
	return probe_pass(p);
}

/* RFC 8414 section 3.3: identical. */
enum probe_result
probe_metadata_issuer(struct probe *p)
{
	struct str issuer = json_get_str(p->metadata, "issuer");

	if (str_eq(issuer, p->options->issuer))
		return probe_pass(p);
	return probe_fail(p, "it calls itself %.*s",
		STR_ARG(issuer.n ? probe_clean(p, issuer) : STR("nothing")));
}

static enum probe_result
judge_endpoint(struct probe *p, const char *name)
{
	struct str url = json_get_str(p->metadata, name);

	if (!url.n)
		return probe_fail(p, "%s is missing", name);
	if (!fetch_url_is_safe(url))
		return probe_fail(
			p, "%s is not a safe address: %.*s", name, STR_ARG(probe_clean(p, url)));
	return probe_pass(p);
}

enum probe_result
probe_metadata_device_endpoint(struct probe *p)
{
	return judge_endpoint(p, "device_authorization_endpoint");
}

enum probe_result
probe_metadata_token_endpoint(struct probe *p)
{
	return judge_endpoint(p, "token_endpoint");
}

enum probe_result
probe_metadata_grant(struct probe *p)
{
	/* Left out means authorization_code and implicit (RFC 8414 section 2). */
	if (json_array_has(p->metadata, "grant_types_supported", DEVICE_GRANT))
		return probe_pass(p);
	return probe_fail(p, "grant_types_supported does not list " DEVICE_GRANT);
}

/* RFC 8414 section 2: https and no fragment.  http on loopback is for tests. */
enum probe_result
probe_metadata_safe(struct probe *p)
{
	static const char *const names[] = {"authorization_endpoint", "token_endpoint",
		"device_authorization_endpoint", "userinfo_endpoint", "revocation_endpoint",
		"introspection_endpoint", "registration_endpoint", "jwks_uri"};

	for (size_t i = 0; i < countof(names); i++) {
		struct str url = json_get_str(p->metadata, names[i]);

		if (url.n && !fetch_url_is_safe(url))
			return probe_fail(p, "%s is not a safe address: %.*s", names[i],
				STR_ARG(probe_clean(p, url)));
	}
	return probe_pass(p);
}

/* Two documents of one server that send clients to different places. */
enum probe_result
probe_metadata_agree(struct probe *p)
{
	static const char *const names[] = {
		"issuer", "token_endpoint", "device_authorization_endpoint", "jwks_uri"};
	const struct json *one = p->documents[DOCUMENT_OAUTH].json;
	const struct json *other = p->documents[DOCUMENT_OPENID].json;

	if (!one || !other || p->documents[DOCUMENT_OAUTH].status != 200 ||
		p->documents[DOCUMENT_OPENID].status != 200)
		return probe_skip(p, "there is one document only");
	for (size_t i = 0; i < countof(names); i++)
		if (!str_eq(json_get_str(one, names[i]), json_get_str(other, names[i])))
			return probe_fail(p, "the two documents differ in %s", names[i]);
	return probe_pass(p);
}

enum probe_result
probe_metadata_iss(struct probe *p)
{
	if (!json_get_str(p->metadata, "authorization_endpoint").n)
		return probe_skip(p, "it has no authorization endpoint");
	if (json_get_bool(p->metadata, "authorization_response_iss_parameter_supported", false))
		return probe_pass(p);
	return probe_fail(p, "authorization_response_iss_parameter_supported is not true");
}

/* Left out means client_secret_basic only. */
enum probe_result
probe_metadata_methods(struct probe *p)
{
	const struct client_identity *c = &p->options->client;
	const char *method = !c->secret.n        ? "none"
			     : c->secret_in_body ? "client_secret_post"
						 : "client_secret_basic";

	if (!c->id.n)
		return probe_skip(p, "no --client-id was given");
	if (json_array_has(p->metadata, "token_endpoint_auth_methods_supported", method))
		return probe_pass(p);
	if (json_kind(p->metadata, "token_endpoint_auth_methods_supported") == JSON_IS_ABSENT &&
		c->secret.n && !c->secret_in_body)
		return probe_pass(p);
	return probe_fail(p, "token_endpoint_auth_methods_supported does not list %s", method);
}

/* A document for everybody, and never one that the browser's cookies open. */
enum probe_result
probe_metadata_cors(struct probe *p)
{
	struct str urls[DOCUMENTS];
	struct wire w = {.origin = "https://probe.example"};
	struct answer a;

	if (client_discovery_urls(p->arena, p->options->issuer, urls, NULL))
		return probe_fail(p, "the issuer is no usable address");
	w.url = urls[p->metadata == p->documents[DOCUMENT_OAUTH].json ? DOCUMENT_OAUTH
								      : DOCUMENT_OPENID];
	probe_ask(p, &w, &a);
	if (str_is_nocase(probe_header(&a, "Access-Control-Allow-Credentials"), "true"))
		return probe_fail(p, "pages of any origin may read it with the browser's cookies");
	return probe_pass(p);
}
