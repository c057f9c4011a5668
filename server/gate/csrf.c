/* Form tokens, and where a form came from. */
#include "server/gate/csrf.h"

#include "lib/base/base64.h"
#include "lib/base/url.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/random.h"
#include "server/reply.h"
#include "server/server.h"

enum { VISITOR_SIZE = 16, VISITOR_TEXT_SIZE = BASE64URL_SIZE(VISITOR_SIZE) };

static const char *
cookie_name(const struct exchange *x)
{
	return x->server->https ? "__Host-authgate_csrf" : "authgate_csrf";
}

/* The visitor's cookie, if it has the form we give it. */
static struct str
visitor_cookie(const struct exchange *x)
{
	struct str text = request_cookie(&x->request, cookie_name(x));
	unsigned char bytes[VISITOR_SIZE];

	if (text.n != VISITOR_TEXT_SIZE || base64url_decode_exact(text, bytes, sizeof bytes))
		return STR_NONE;
	return text;
}

static struct str
new_visitor(struct exchange *x)
{
	unsigned char bytes[VISITOR_SIZE];
	struct str text;

	if (random_bytes(bytes, sizeof bytes))
		return STR_NONE;
	text = base64url(x->cx.arena, bytes, sizeof bytes);
	reply_header(x, "set-cookie",
		str_printf(x->cx.arena, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s", cookie_name(x),
			STR_ARG(text), x->server->https ? "; Secure" : ""));
	return text;
}

/* The two kinds cannot be mistaken for each other: their first letters differ. */
static struct str
binding_of(struct exchange *x, struct str visitor)
{
	char id[ID_TEXT_SIZE + 1];

	if (x->has_session) {
		id_format(x->session.id, id);
		return str_printf(x->cx.arena, "session %s", id);
	}
	if (!visitor.n)
		return STR_NONE;
	return str_printf(x->cx.arena, "visitor %.*s", STR_ARG(visitor));
}

static struct str
token_of(struct exchange *x, const struct secret *key, struct str binding)
{
	struct digest mac = hmac_sha256(key, binding);

	return base64url(x->cx.arena, mac.bytes, sizeof mac.bytes);
}

struct str
csrf_token(struct exchange *x)
{
	if (!x->csrf_binding.n) {
		struct str visitor = x->has_session ? STR_NONE : visitor_cookie(x);

		if (!x->has_session && !visitor.n)
			visitor = new_visitor(x);
		x->csrf_binding = binding_of(x, visitor);
	}
	if (!x->csrf_binding.n)
		return STR_NONE;
	return token_of(x,
		rolling_key_in_force(&x->server->csrf_key, x->cx.issuer->waits_for_reseal),
		x->csrf_binding);
}

/* `Origin: null` is what sandboxed frames and data: pages send. */
static bool
came_from_us(const struct exchange *x)
{
	struct str origin = request_header(&x->request, "origin");
	struct str site = request_header(&x->request, "sec-fetch-site");

	if (origin.n && !str_eq(origin, x->server->origin))
		return false;
	return !str_is(site, "cross-site");
}

enum err
csrf_check(struct exchange *x)
{
	struct str sent = form_get(&x->form, "csrf_token");
	struct str binding = binding_of(x, visitor_cookie(x));
	const struct rolling_key *rolling = &x->server->csrf_key;

	if (!binding.n || !came_from_us(x))
		return ERR_CSRF;
	for (size_t i = 0; i < rolling->count; i++) {
		struct str want = token_of(x, &rolling->keys[i], binding);

		if (sent.n == want.n && equal_in_constant_time(sent.p, want.p, want.n))
			return OK;
	}
	return ERR_CSRF;
}

static bool
is_default_port(const struct url *url)
{
	return str_is(url->port, str_is(url->scheme, "https") ? "443" : "80");
}

enum err
csrf_origin(struct arena *a, struct str base_url, struct str *ret)
{
	struct url url;
	enum err e;
	bool v6;
	char *p;

	if ((e = url_parse(base_url, &url, NULL)))
		return e;
	v6 = str_has_char(url.host, ':');
	p = arena_printf(a, "%.*s://%s%.*s%s", STR_ARG(url.scheme), v6 ? "[" : "",
		STR_ARG(url.host), v6 ? "]" : "");
	if (url.port.n && !is_default_port(&url))
		p = arena_printf(a, "%s:%.*s", p, STR_ARG(url.port));
	*ret = str_of(p);
	for (char *c = p; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	return OK;
}
