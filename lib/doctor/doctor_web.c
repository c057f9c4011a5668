/* How clients reach the server: certificate, proxy, public address. */
#include "lib/doctor/doctor.h"

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/config/value.h"
#include "lib/crypto/certificate.h"
#include "lib/http/fetch.h"

#include <string.h>

enum { DAYS_WARN = 21, TIMEOUT_MS = 5000, SAID_MAX = 256 };

#define DAY_MS (86400 * INT64_C(1000))

static struct url
public_url(const struct doctor *d)
{
	struct url url = {.scheme = STR_NONE};

	(void)!url_parse(d->config->base_url, &url, NULL); /* checked with the configuration */
	return url;
}

static bool
has_tls(const struct doctor *d)
{
	return d->config->tls_cert_file.n > 0;
}

static bool
is_https(const struct doctor *d)
{
	return str_starts(d->config->base_url, STR("https:"));
}

/* ---- the certificate ---- */

static void
say_age(struct doctor *d, const struct certificate *c)
{
	int64_t now_ms = clock_now_ms();
	long long days = (c->not_after_ms - now_ms) / DAY_MS;

	if (c->not_before_ms > now_ms)
		doctor_say(d, FINDING_FAIL, "look at the clock", "is not valid yet");
	else if (c->not_after_ms <= now_ms)
		doctor_say(d, FINDING_FAIL, "renew it, and send the server SIGHUP", "has expired");
	else
		doctor_say(d, days < DAYS_WARN ? FINDING_WARN : FINDING_OK,
			days < DAYS_WARN ? "renew it, and send the server SIGHUP" : "",
			"is valid for %lld more days", days);
}

void
doctor_certificate(struct doctor *d)
{
	struct url url = public_url(d);
	struct certificate c;
	struct diag diag = {""};

	if (!has_tls(d))
		return;
	if (certificate_inspect(str_c(&d->arena, d->config->tls_cert_file),
		    str_c(&d->arena, d->config->tls_key_file), url.host, &c, &diag)) {
		doctor_say(d, FINDING_FAIL, "", "%s", diag.text);
		return;
	}
	say_age(d, &c);
	if (!c.fits_key)
		doctor_say(d, FINDING_FAIL, "set server.tls.cert_file and key_file to one pair",
			"belongs to another key");
	if (!c.fits_host)
		doctor_say(d, FINDING_FAIL, "get one for that name, or correct server.base_url",
			"is not for %.*s", STR_ARG(url.host));
}

/* ---- a proxy ---- */

void
doctor_proxy(struct doctor *d)
{
	if (is_https(d) && !has_tls(d) && !d->config->trusted_proxies.n)
		doctor_say(d, FINDING_WARN, "set server.trusted_proxies to the proxy's address",
			"a proxy must speak TLS here, and is not trusted: to the limits and the "
			"audit trail all clients have its address");
	else if (!is_https(d) && has_tls(d))
		doctor_say(d, FINDING_FAIL, "write server.base_url with https",
			"the server speaks TLS, and tells clients http addresses");
	else
		doctor_say(d, FINDING_OK, "", "%s",
			has_tls(d) ? "the server speaks TLS itself"
			: d->config->trusted_proxies.n
				? "forwarded addresses are believed as configured"
				: "none is needed without TLS");
}

/* ---- the public address ---- */

static bool
get(struct doctor *d, const char *path, struct fetch_reply *ret)
{
	const struct fetch_request request = {
		.url = str_printf(&d->arena, "%.*s%s", STR_ARG(d->config->base_url), path),
		.timeout_ms = TIMEOUT_MS,
		.allow_http = true,
		.ca_file = d->ca_file,
	};
	struct diag diag = {""};
	struct buf said;

	if (fetch(&d->arena, &request, ret, &diag)) {
		doctor_say(d, FINDING_WARN,
			strstr(diag.text, "--ca-file")
				? "clients must be told whom to trust: docs/LOGIN.md; here, "
				  "--ca-file FILE with the authority's certificate"
				: "start the server; if it runs, look at DNS, firewall and proxy",
			"%s", diag.text);
		return false;
	}
	if (ret->status == 200)
		return true;
	buf_init(&said, &d->arena, SAID_MAX);
	config_quote(&said, str_trim(ret->body));
	doctor_say(d, FINDING_FAIL, "look at the proxy, and at the log of the server",
		"%s is answered with %d, %.*s", path, ret->status, STR_ARG(buf_str(&said)));
	return false;
}

void
doctor_public_address(struct doctor *d)
{
	struct fetch_reply reply;
	struct json *discovery = NULL;

	if (!get(d, "/livez", &reply) || !get(d, "/readyz", &reply) ||
		!get(d, "/.well-known/openid-configuration", &reply))
		return;
	if (json_parse(reply.body, FETCH_BODY_MAX, &discovery, NULL))
		doctor_say(d, FINDING_FAIL, "something else answers at server.base_url",
			"the discovery document is not JSON");
	else if (!str_eq(json_get_str(discovery, "issuer"), d->config->base_url))
		doctor_say(d, FINDING_FAIL,
			"the server that answers runs with another server.base_url: restart it, "
			"or correct it",
			"another issuer answers there");
	else
		doctor_say(d, FINDING_OK, "", "clients reach the server at %.*s",
			STR_ARG(d->config->base_url));
	json_free(discovery);
}
