/* Cases: the page where the code is entered, as far as it is seen without signing in. */
#include "lib/base/url.h"
#include "probe/case.h"

#include <string.h>

enum { REDIRECTS_MOST = 5 };

#define MARK "probe\"><u>9"

/* Scheme and authority. */
static struct str
origin_of(struct str url)
{
	struct url parts;

	if (url_parse(url, &parts, NULL))
		return STR_NONE;
	return parts.path.n ? str_first(url, (size_t)(parts.path.p - url.p)) : url;
}

/* Where a redirect leads, if that is on the same origin; empty otherwise. */
static struct str
next_of(struct probe *p, struct str from, const struct answer *a)
{
	struct str location = probe_header(a, "Location"), origin = origin_of(from);

	if (a->status < 300 || a->status >= 400 || !location.n)
		return STR_NONE;
	if (location.p[0] == '/' && !str_starts(location, STR("//")))
		return str_printf(p->arena, "%.*s%.*s", STR_ARG(origin), STR_ARG(location));
	return str_eq(origin_of(location), origin) ? location : STR_NONE;
}

/* The page behind an address, redirects on its origin followed; the last answer. */
static void
open_page(struct probe *p, struct str url, const char *origin, struct answer *ret)
{
	for (int i = 0; i < REDIRECTS_MOST; i++) {
		const struct wire w = {.url = url, .origin = origin};

		probe_ask(p, &w, ret);
		if (!(url = next_of(p, url, ret)).n)
			return;
	}
}

static bool
can_open(const struct probe *p)
{
	return fetch_url_is_safe(p->oldest.uri);
}

enum probe_result
probe_page_answers(struct probe *p)
{
	struct answer a;

	if (!can_open(p))
		return probe_skip(p, "there is no address to open");
	open_page(p, p->oldest.uri, NULL, &a);
	if (a.status >= 200 && a.status < 500)
		return a.status == 404 ? probe_fail(p, "status 404") : probe_pass(p);
	return probe_fail(p, "%s", probe_words(p, &a));
}

/* RFC 9700 section 4.16: no page of others around it. */
enum probe_result
probe_page_frames(struct probe *p)
{
	struct answer a;
	struct str policy;

	if (!can_open(p))
		return probe_skip(p, "there is no address to open");
	open_page(p, p->oldest.uri, NULL, &a);
	policy = probe_header(&a, "Content-Security-Policy");
	if (memmem(str_bytes(policy), policy.n, "frame-ancestors", 15) ||
		probe_header(&a, "X-Frame-Options").n)
		return probe_pass(p);
	return probe_fail(p, "the page may be framed: neither frame-ancestors nor X-Frame-Options");
}

/* RFC 9700 section 2.6 forbids it where people decide. */
enum probe_result
probe_page_cors(struct probe *p)
{
	struct answer a;

	if (!can_open(p))
		return probe_skip(p, "there is no address to open");
	open_page(p, p->oldest.uri, "https://probe.example", &a);
	if (probe_header(&a, "Access-Control-Allow-Origin").n)
		return probe_fail(p, "pages of other origins may read it");
	return probe_pass(p);
}

/* Following a link decides nothing. */
enum probe_result
probe_page_harmless(struct probe *p)
{
	struct code c;
	struct answer a;

	if (!probe_code_new(p, &c))
		return PROBE_FAIL;
	if (!c.complete.n || !fetch_url_is_safe(c.complete))
		return probe_skip(p, "it gives no verification_uri_complete");
	open_page(p, c.complete, NULL, &a);
	probe_poll(p, &c, &a);
	return probe_expect_error(p, &a, "authorization_pending");
}

enum probe_result
probe_page_escapes(struct probe *p)
{
	struct buf url;
	struct answer a;

	if (!can_open(p))
		return probe_skip(p, "there is no address to open");
	buf_init(&url, p->arena, 4096);
	buf_add(&url, p->oldest.uri);
	buf_add_char(&url, str_has_char(p->oldest.uri, '?') ? '&' : '?');
	buf_add_c(&url, "user_code=");
	percent_encode(&url, STR(MARK));
	open_page(p, buf_str(&url), NULL, &a);
	if (memmem(str_bytes(a.body), a.body.n, MARK, sizeof MARK - 1))
		return probe_fail(p, "what the address says is put into the page as it is");
	return a.status < 500 ? probe_pass(p) : probe_fail(p, "%s", probe_words(p, &a));
}

/* An address with a code in it is no other site's business. */
enum probe_result
probe_page_referrer(struct probe *p)
{
	struct str policy;
	struct answer a;

	if (!p->oldest.complete.n || !fetch_url_is_safe(p->oldest.complete))
		return probe_skip(p, "it gives no verification_uri_complete");
	open_page(p, p->oldest.complete, NULL, &a);
	policy = probe_header(&a, "Referrer-Policy");
	if (str_is(policy, "no-referrer") || str_is(policy, "same-origin") ||
		str_is(policy, "origin") || str_is(policy, "strict-origin") ||
		str_starts(policy, STR("no-referrer")))
		return probe_pass(p);
	return probe_fail(p, "links on the page tell its address, which holds the code: no "
			     "Referrer-Policy that forbids it");
}
