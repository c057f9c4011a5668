/* Asks for the metadata document and judges it. */
#include "clients/discovery.h"

#include "clients/ask.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/http/fetch.h"

enum { DOCUMENT_MAX = 64 * 1024 };

static const struct {
	const char *name;
	size_t at;
} endpoints[] = {
	{"token_endpoint", offsetof(struct discovery, token_endpoint)},
	{"device_authorization_endpoint",
		offsetof(struct discovery, device_authorization_endpoint)},
	{"userinfo_endpoint", offsetof(struct discovery, userinfo_endpoint)},
	{"authorization_endpoint", offsetof(struct discovery, authorization_endpoint)},
	{"revocation_endpoint", offsetof(struct discovery, revocation_endpoint)},
	{"jwks_uri", offsetof(struct discovery, jwks_uri)},
};

static enum err
judge_issuer(struct str issuer, struct url *ret, struct diag *diag)
{
	if (url_parse(issuer, ret, diag) || !fetch_url_is_safe(issuer) || ret->has_query)
		return diag_set(diag, ERR_MALFORMED,
			"the issuer must be an https:// address without query or fragment "
			"(http:// only for this machine itself, as http://127.0.0.1:8080)");
	return OK;
}

/* Scheme and authority as written: everything before the path. */
static struct str
origin_of(struct str text, const struct url *url)
{
	return url->path.n ? str_first(text, (size_t)(url->path.p - text.p)) : text;
}

static struct str
without_slash(struct str s)
{
	return str_ends(s, STR("/")) ? str_first(s, s.n - 1) : s;
}

enum err
client_discovery_urls(struct arena *arena, struct str issuer, struct str ret[2], struct diag *diag)
{
	struct url url;
	struct str origin, path;
	enum err e;

	if ((e = judge_issuer(issuer, &url, diag)))
		return e;
	origin = origin_of(issuer, &url);
	path = without_slash(url.path);
	/* RFC 8414 section 3.1 inserts before the path, OpenID Connect appends. */
	ret[0] = str_printf(arena, "%.*s/.well-known/oauth-authorization-server%.*s",
		STR_ARG(origin), STR_ARG(path));
	ret[1] = str_printf(
		arena, "%.*s%.*s/.well-known/openid-configuration", STR_ARG(origin), STR_ARG(path));
	return OK;
}

static enum err
take_endpoint(struct arena *arena, struct str origin, const struct json *document, const char *name,
	struct str *ret, struct diag *diag)
{
	struct str text = json_get_str(document, name);
	struct url url;

	if (str_empty(text)) {
		*ret = STR_NONE;
		return OK;
	}
	if (url_parse(text, &url, NULL) || !fetch_url_is_safe(text))
		return diag_set(diag, ERR_MALFORMED,
			"the server's description names a %s that is not a safe https address",
			name);
	if (!str_eq(origin_of(text, &url), origin))
		return diag_set(diag, ERR_MALFORMED,
			"the server's description puts its %s on another host or port than %.*s; "
			"nothing was sent there",
			name, STR_ARG(origin));
	*ret = str_copy(arena, text);
	return OK;
}

static enum err
judge_members(struct arena *arena, struct str issuer, struct str origin,
	const struct json *document, struct discovery *ret, struct diag *diag)
{
	struct discovery found = {
		.issuer = str_copy(arena, json_get_str(document, "issuer")),
		.sends_iss = json_get_bool(
			document, "authorization_response_iss_parameter_supported", false),
	};
	struct str named = json_get_str(document, "issuer");
	enum err e;

	/* One slash at the end is no other server: the document was read from the same place. */
	if (!str_eq(without_slash(named), without_slash(issuer))) {
		bool shown = named.n && named.n <= 200 && str_is_printable(named);

		return diag_set(diag, ERR_MALFORMED,
			"the server at %.*s calls itself %.*s; if that is the one you mean, use "
			"exactly this as the issuer",
			STR_ARG(issuer), STR_ARG(shown ? named : STR("something else")));
	}
	for (size_t i = 0; i < countof(endpoints); i++)
		if ((e = take_endpoint(arena, origin, document, endpoints[i].name,
			     (struct str *)(void *)((char *)&found + endpoints[i].at), diag)))
			return e;
	if (str_empty(found.token_endpoint))
		return diag_set(
			diag, ERR_MALFORMED, "the server's description names no token_endpoint");
	*ret = found;
	return OK;
}

enum err
client_discovery_judge(struct arena *arena, struct str issuer, struct str document,
	struct discovery *ret, struct diag *diag)
{
	struct json *json = NULL;
	struct url url;
	enum err e;

	if ((e = judge_issuer(issuer, &url, diag)))
		return e;
	if (json_parse(document, DOCUMENT_MAX, &json, NULL))
		return diag_set(diag, ERR_MALFORMED,
			"the description of %.*s is not a JSON document", STR_ARG(issuer));
	e = judge_members(arena, issuer, origin_of(issuer, &url), json, ret, diag);
	json_free(json);
	return e;
}

static enum err
judge_status(struct str url, int status, struct diag *diag)
{
	if (status >= 300 && status < 400)
		return diag_set(diag, ERR_MALFORMED,
			"%.*s answers with a redirect, which is not followed; use the address it "
			"leads to",
			STR_ARG(url));
	if (status >= 500 || status == 429)
		return diag_set(diag, ERR_NETWORK, "%.*s answers with status %d; try again later",
			STR_ARG(url), status);
	return diag_set(diag, ERR_MALFORMED,
		"%.*s answers with status %d; is this the address of an authorization server?",
		STR_ARG(url), status);
}

static enum err
take_document(struct arena *arena, struct str issuer, struct str ca_file, struct str document,
	struct discovery *ret, struct diag *diag)
{
	enum err e = client_discovery_judge(arena, issuer, document, ret, diag);

	if (!e)
		ret->ca_file = ca_file;
	return e;
}

enum err
client_discovery_fetch(struct arena *arena, struct str issuer, struct str ca_file, int cancel_fd,
	struct discovery *ret, struct diag *diag)
{
	struct fetch_reply reply;
	struct str urls[2];
	enum err e;

	if ((e = client_discovery_urls(arena, issuer, urls, diag)))
		return e;
	for (size_t i = 0;; i++) {
		const struct asking asking = {
			.request = {.url = urls[i], .cancel_fd = cancel_fd, .ca_file = ca_file},
			.patience_s = ASK_PATIENCE_S,
		};

		if ((e = client_ask(arena, &asking, &reply, diag)))
			return e;
		if (reply.status == 200)
			return take_document(arena, issuer, ca_file, reply.body, ret, diag);
		if (i + 1 == countof(urls) || (reply.status != 404 && reply.status != 405))
			return judge_status(urls[i], reply.status, diag);
	}
}
