/* Form tokens, and where a form came from. */
#include "server/gate/csrf.h"

#include "lib/base/base64.h"
#include "lib/base/url.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/random.h"
#include "server/reply.h"
#include "server/route.h"
#include "server/server.h"

#include <string.h>

enum {
	VISITOR_SIZE = 16,
	VISITOR_TEXT_SIZE = BASE64URL_SIZE(VISITOR_SIZE),
	VISITOR_TTL_S = 30 * 24 * 3600, /* a browser that was closed in between brings it again */
	MADE_FOR_SIZE = 16,
	TOKEN_SIZE = MADE_FOR_SIZE + 16,
	ROW_PROOF_SIZE = 16,
};

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
		str_printf(x->cx.arena, "%s=%.*s; Max-Age=%d; Path=/; HttpOnly; SameSite=Lax%s",
			cookie_name(x), STR_ARG(text), VISITOR_TTL_S,
			x->server->https ? "; Secure" : ""));
	return text;
}

/* Which session a form was made for: zeros before sign-in. */
struct made_for {
	unsigned char bytes[MADE_FOR_SIZE];
};

static struct made_for
made_for(struct exchange *x, const struct secret *key)
{
	struct made_for ret = {{0}};
	struct digest mac;

	if (!x->has_session)
		return ret;
	mac = hmac_sha256(key, str_printf(x->cx.arena, "session %.*s",
				       STR_ARG(id_text(x->cx.arena, x->session.id))));
	memcpy(ret.bytes, mac.bytes, sizeof ret.bytes);
	return ret;
}

/* made_for, and a MAC of it and the visitor. */
static struct str
token_of(struct exchange *x, const struct secret *key, struct str visitor, struct made_for session)
{
	struct str what = base64url(x->cx.arena, session.bytes, sizeof session.bytes);
	unsigned char token[TOKEN_SIZE];
	struct digest mac = hmac_sha256(
		key, str_printf(x->cx.arena, "form %.*s %.*s", STR_ARG(visitor), STR_ARG(what)));

	memcpy(token, session.bytes, sizeof session.bytes);
	memcpy(token + sizeof session.bytes, mac.bytes, sizeof token - sizeof session.bytes);
	return base64url(x->cx.arena, token, sizeof token);
}

static const struct secret *
key_in_force(const struct exchange *x)
{
	return rolling_key_in_force(&x->server->csrf_key, x->cx.issuer->waits_for_reseal);
}

struct str
csrf_token(struct exchange *x)
{
	const struct secret *key = key_in_force(x);

	if (!x->csrf_visitor.n)
		x->csrf_visitor = visitor_cookie(x);
	if (!x->csrf_visitor.n)
		x->csrf_visitor = new_visitor(x);
	return x->csrf_visitor.n ? token_of(x, key, x->csrf_visitor, made_for(x, key)) : STR_NONE;
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

/* Which of our keys made this token for this browser; NULL: none. */
static const struct secret *
key_of(struct exchange *x, struct str visitor, struct str sent, struct made_for then)
{
	const struct rolling_key *rolling = &x->server->csrf_key;

	for (size_t i = 0; i < rolling->count; i++) {
		struct str want = token_of(x, &rolling->keys[i], visitor, then);

		if (sent.n == want.n && equal_in_constant_time(sent.p, want.p, want.n))
			return &rolling->keys[i];
	}
	return NULL;
}

enum err
csrf_check(struct exchange *x)
{
	struct str sent = form_get(&x->form, "csrf_token");
	struct str visitor = visitor_cookie(x);
	unsigned char token[TOKEN_SIZE];
	const struct secret *key;
	struct made_for then, now;

	if (!came_from_us(x) || base64url_decode_exact(sent, token, sizeof token))
		return ERR_CSRF;
	if (!visitor.n)
		return ERR_FORM_EXPIRED;
	memcpy(then.bytes, token, sizeof then.bytes);
	if (!(key = key_of(x, visitor, sent, then)))
		return ERR_CSRF;
	if (x->route && x->route->flags & ROUTE_VISITOR)
		return OK;
	now = made_for(x, key);
	return equal_in_constant_time(then.bytes, now.bytes, sizeof now.bytes) ? OK
									       : ERR_FORM_EXPIRED;
}

static struct str
row_proof(struct exchange *x, const struct secret *key, struct str id)
{
	struct digest mac =
		hmac_sha256(key, str_printf(x->cx.arena, "row %.*s %.*s",
					 STR_ARG(id_text(x->cx.arena, x->user.id)), STR_ARG(id)));

	return base64url(x->cx.arena, mac.bytes, ROW_PROOF_SIZE);
}

struct str
csrf_row_proof(struct exchange *x, struct str id)
{
	return row_proof(x, key_in_force(x), id);
}

bool
csrf_row_was_shown(struct exchange *x, struct str id)
{
	const struct rolling_key *rolling = &x->server->csrf_key;
	struct str sent = form_get(&x->form, "row");

	for (size_t i = 0; i < rolling->count; i++) {
		struct str want = row_proof(x, &rolling->keys[i], id);

		if (sent.n == want.n && equal_in_constant_time(sent.p, want.p, want.n))
			return true;
	}
	return false;
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
