/* Sealing what a browser carries for us. */
#include "lib/signin/detour.h"

#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/form.h"
#include "lib/config/config.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/random.h"
#include "lib/crypto/seal.h"
#include "lib/signin/assertion.h"
#include "lib/signin/groups.h"

#include <stdlib.h>

enum { RANDOM_SIZE = 32, TEXT_MAX = 2800 /* so that the cookie stays below 4096 bytes */ };

static enum err
random_text(struct arena *arena, struct str *ret)
{
	unsigned char bytes[RANDOM_SIZE];
	enum err e = random_bytes(bytes, sizeof bytes);

	if (!e)
		*ret = base64url(arena, bytes, sizeof bytes);
	return e;
}

enum err
detour_begin(const struct context *cx, struct detour *d)
{
	enum err e;

	d->started_ms = cx->now_ms;
	if ((e = random_text(cx->arena, &d->state)) || (e = random_text(cx->arena, &d->nonce)))
		return e;
	return random_text(cx->arena, &d->verifier);
}

/* ---- text and seal ---- */

static void
make_key(const struct context *cx, struct secret *key)
{
	struct secret from = {0};

	secret_set(&from, cx->config->session_secret.p, cx->config->session_secret.n);
	derive_key(&from, "authgate detour", key);
	secret_free(&from);
}

static enum err
seal_text(const struct context *cx, const char *what, const struct buf *text, struct str *ret)
{
	struct secret key = {0};
	struct str sealed;
	enum err e;

	if (!buf_ok(text))
		return ERR_TOO_LONG;
	make_key(cx, &key);
	e = seal(cx->arena, &key, str_of(what), buf_str(text), &sealed);
	secret_free(&key);
	if (!e)
		*ret = base64url(cx->arena, (const unsigned char *)sealed.p, sealed.n);
	return e;
}

static enum err
unseal_form(const struct context *cx, const char *what, struct str sealed, struct form *ret)
{
	struct secret key = {0};
	struct str bytes, text;
	enum err e;

	if (!sealed.n || base64url_decode(cx->arena, sealed, &bytes))
		return ERR_DETOUR_OVER;
	make_key(cx, &key);
	e = unseal(cx->arena, &key, str_of(what), bytes, &text);
	secret_free(&key);
	return e || form_parse(cx->arena, text, ret, NULL) ? ERR_DETOUR_OVER : OK;
}

static void
add_i64(struct buf *out, const struct context *cx, const char *name, int64_t number)
{
	form_add(out, name, str_printf(cx->arena, "%lld", (long long)number));
}

static bool
is_in_time(const struct context *cx, const struct form *form, int64_t *ret_started_ms)
{
	int64_t started_ms;

	if (str_to_i64(form_get(form, "at"), &started_ms) ||
		cx->now_ms - started_ms > DETOUR_TTL_S * MS_PER_S)
		return false;
	*ret_started_ms = started_ms;
	return true;
}

/* ---- a detour ---- */

enum err
detour_seal(const struct context *cx, const struct detour *d, struct str *ret)
{
	struct buf text;

	buf_init(&text, cx->arena, TEXT_MAX);
	form_add(&text, "provider", d->provider);
	form_add(&text, "state", d->state);
	form_add(&text, "nonce", d->nonce);
	form_add(&text, "verifier", d->verifier);
	form_add(&text, "next", d->next);
	if (!id_is_zero(d->link_user))
		form_add(&text, "link", id_text(cx->arena, d->link_user));
	if (d->is_fresh)
		form_add(&text, "fresh", STR("1"));
	if (d->confirms)
		form_add(&text, "confirms", STR("1"));
	add_i64(&text, cx, "at", d->started_ms);
	return seal_text(cx, "detour", &text, ret);
}

enum err
detour_open(const struct context *cx, struct str sealed, struct str state, struct detour *ret)
{
	struct form *form = arena_new(cx->arena, struct form);
	struct detour d = {.provider = STR_NONE};
	struct str link;

	if (unseal_form(cx, "detour", sealed, form) || !is_in_time(cx, form, &d.started_ms))
		return ERR_DETOUR_OVER;
	d.provider = form_get(form, "provider");
	d.state = form_get(form, "state");
	d.nonce = form_get(form, "nonce");
	d.verifier = form_get(form, "verifier");
	d.next = form_get(form, "next");
	d.is_fresh = form_get(form, "fresh").n > 0;
	d.confirms = form_get(form, "confirms").n > 0;
	link = form_get(form, "link");
	if ((link.n && id_parse(link, &d.link_user)) || d.state.n != state.n || !state.n ||
		!equal_in_constant_time(d.state.p, state.p, state.n))
		return ERR_DETOUR_OVER;
	*ret = d;
	return OK;
}

/* ---- a person without a name ---- */

enum err
pending_seal(const struct context *cx, const struct config_provider *provider, struct str next,
	const struct assertion *a, struct str *ret)
{
	struct str groups = groups_to_carry(cx->arena, provider, a);
	struct buf text;

	buf_init(&text, cx->arena, TEXT_MAX);
	form_add(&text, "provider", provider->name);
	form_add(&text, "next", next);
	form_add(&text, "issuer", a->issuer);
	form_add(&text, "subject", a->subject);
	form_add(&text, "username", a->username);
	form_add(&text, "email", a->email);
	form_add(&text, "verified", a->email_verified ? STR("1") : STR("0"));
	form_add(&text, "name", a->full_name);
	form_add(&text, "groups", groups);
	if (a->groups_unknown)
		form_add(&text, "more", STR("1"));
	form_add(&text, "amr", a->amr);
	add_i64(&text, cx, "auth", a->auth_ms);
	add_i64(&text, cx, "at", cx->now_ms);
	return seal_text(cx, "pending", &text, ret);
}

enum err
pending_open(const struct context *cx, struct str sealed, struct str *ret_provider,
	struct str *ret_next, struct assertion *ret)
{
	struct form *form = arena_new(cx->arena, struct form);
	int64_t at_ms, auth_ms;

	if (unseal_form(cx, "pending", sealed, form) || !is_in_time(cx, form, &at_ms))
		return ERR_DETOUR_OVER;
	*ret_provider = form_get(form, "provider");
	*ret_next = form_get(form, "next");
	if (str_to_i64(form_get(form, "auth"), &auth_ms))
		return ERR_DETOUR_OVER;
	*ret = (struct assertion){
		.issuer = form_get(form, "issuer"),
		.subject = form_get(form, "subject"),
		.username = form_get(form, "username"),
		.email = form_get(form, "email"),
		.email_verified = str_is(form_get(form, "verified"), "1"),
		.full_name = form_get(form, "name"),
		.groups = form_get(form, "groups"),
		.groups_unknown = form_get(form, "more").n > 0,
		.amr = form_get(form, "amr"),
		.auth_ms = auth_ms,
	};
	return OK;
}
