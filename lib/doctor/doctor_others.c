/* Servers that this one asks: those that people sign in with, and services of the operator's. */
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/url.h"
#include "lib/doctor/doctor.h"
#include "lib/signin/dialect.h"

#include <string.h>
#include <unistd.h>

enum { TIMEOUT_MS = 5000, KEYS_MAX = 256 * 1024 };

static struct upstream_call
call_to(struct doctor *d, struct context *cx, struct upstreams *upstreams,
	const struct config_provider *p)
{
	*cx = (struct context){
		.arena = &d->arena,
		.config = d->config,
		.now_ms = clock_now_ms(),
		.upstreams = upstreams,
	};
	return (struct upstream_call){
		.cx = cx,
		.upstreams = upstreams,
		.provider = p,
		.timeout_ms = TIMEOUT_MS,
		.insecure = d->config->oauth_insecure,
	};
}

static void
tell_failure(struct doctor *d, const struct upstream_call *c)
{
	doctor_say(d, FINDING_FAIL,
		strstr(c->why.text, "certificate")
			? "outbound.ca_file names the authorities to trust, if it is your own"
			: "look at the address, and at DNS, firewall and proxy between the two",
		"%.*s: %s", STR_ARG(c->provider->name), c->why.text);
}

/* Whether it is there at all: what it says to a GET is its own affair, also that it knows none. */
static void
try_address(struct doctor *d, struct upstream_call *c, struct str url, struct str what)
{
	struct fetch_request request = {.url = url};
	struct fetch_reply reply = {.status = 0};

	if (upstream_ask(c, &request, &reply))
		tell_failure(d, c);
	else if (reply.status >= 500 && reply.status != 501)
		doctor_say(d, FINDING_WARN, "look at its log", "%.*s: %.*s answers with %d",
			STR_ARG(c->provider->name), STR_ARG(what), reply.status);
	else
		doctor_say(d, FINDING_OK, "", "%.*s: %.*s answers", STR_ARG(c->provider->name),
			STR_ARG(what));
}

/* A host of its own, which DNS, firewall or proxy may treat otherwise. */
static void
try_other_host(struct doctor *d, struct upstream_call *c, struct str address)
{
	struct url own, other;

	if (address.n && !url_parse(c->provider->issuer, &own, NULL) &&
		!url_parse(address, &other, NULL) && !str_eq_nocase(own.host, other.host))
		try_address(d, c, address, str_copy(&d->arena, other.host));
}

static void
try_keys(struct doctor *d, struct upstream_call *c, const struct upstream_metadata *server)
{
	struct json *doc = NULL;
	struct str text;
	size_t count;

	if (upstream_keys(c, server->jwks_uri, true, &text)) {
		tell_failure(d, c);
		return;
	}
	count = json_parse(text, KEYS_MAX, &doc, NULL) ? 0 : json_array_count(doc, "keys");
	json_free(doc);
	if (count)
		doctor_say(d, FINDING_OK, "",
			"%.*s: its description is in order, and it has %zu keys",
			STR_ARG(c->provider->name), count);
	else
		doctor_say(d, FINDING_FAIL, "ask whoever runs it",
			"%.*s: it publishes no keys: nobody can sign in",
			STR_ARG(c->provider->name));
}

static void
try_provider(struct doctor *d, struct upstreams *upstreams, const struct config_provider *p)
{
	const struct dialect *dialect = dialect_find(p->type);
	struct upstream_metadata server = {.issuer = STR_NONE};
	struct context cx;
	struct upstream_call call = call_to(d, &cx, upstreams, p);

	if (!dialect)
		return;
	if (!dialect->has_nonce)
		try_address(d, &call, p->issuer, STR("it"));
	else if (dialect->locate(&call, &server))
		tell_failure(d, &call);
	else
		try_keys(d, &call, &server);
	try_other_host(d, &call, server.token_endpoint);
	try_other_host(d, &call, server.userinfo_endpoint);
	if (str_is(p->issuer, "https://github.com"))
		try_other_host(d, &call, STR("https://api.github.com/"));
}

static void
try_service(struct doctor *d, struct upstreams *upstreams, struct str name, struct str url,
	bool insecure)
{
	const struct config_provider p = {.name = name, .type = STR("http_api"), .issuer = url};
	struct context cx;
	struct upstream_call call = call_to(d, &cx, upstreams, &p);

	call.insecure = insecure;
	try_address(d, &call, url, STR("it"));
}

void
doctor_other_servers(struct doctor *d)
{
	const struct config *c = d->config;
	bool has_api = str_is(c->auth_mode, "http_api");
	struct upstreams *upstreams = upstreams_new();

	/* The report says what is to be said. */
	log_setup(LOG_LOGFMT, LOG_ERROR, STDERR_FILENO);
	for (size_t i = 0; i < c->providers_count; i++)
		try_provider(d, upstreams, &c->providers[i]);
	if (has_api)
		try_service(d, upstreams, STR("http_api"), c->http_api_url, c->http_api_insecure);
	if (c->token_api_url.n)
		try_service(d, upstreams, STR("token_provider"), c->token_api_url,
			c->token_api_insecure);
	if (!c->providers_count && !has_api && !c->token_api_url.n)
		doctor_say(d, FINDING_OK, "", "none is asked");
	upstreams_free(upstreams);
}
