/* Choosing a language, and remembering a choice. */
#include "server/pages/language.h"

#include "lib/base/url.h"
#include "server/handlers.h"
#include "server/pages/page.h"
#include "server/reply.h"
#include "server/server.h"

enum { RANGES_MAX = 32, CHOICE_TTL_S = 365 * 24 * 3600, QUALITY_ONE = 1000 };

static const char *
cookie_name(const struct exchange *x)
{
	return x->server->https ? "__Host-authgate_language" : "authgate_language";
}

static bool
is_meant(enum language language, struct str tag)
{
	STR_EACH (word, page_language_words(language, STR("also")))
		if (str_eq_nocase(word, tag))
			return true;
	return str_eq_nocase(page_language_words(language, STR("tag")), tag);
}

/* RFC 4647 section 3.4: from the end, subtags are left out until something fits. */
static enum language
lookup(struct str range)
{
	while (range.n) {
		for (enum language l = 0; l < LANGUAGE_COUNT; l++)
			if (is_meant(l, range))
				return l;
		while (range.n && range.p[range.n - 1] != '-')
			range.n--;
		if (range.n)
			range.n--;
	}
	return LANGUAGE_COUNT;
}

enum language
language_listed(struct str ui_locales)
{
	STR_EACH (tag, ui_locales) {
		enum language l = lookup(tag);

		if (l < LANGUAGE_COUNT)
			return l;
	}
	return LANGUAGE_COUNT;
}

/* "0.8" of ";q=0.8" in thousandths; what cannot be read is worth nothing. */
static int
quality(struct str parameter)
{
	struct str s = str_trim(parameter);
	int value, digits = 0;

	if (!s.n)
		return QUALITY_ONE;
	if (!str_starts(s, STR("q=")) || s.n < 3 || (s.p[2] != '0' && s.p[2] != '1'))
		return 0;
	value = (s.p[2] - '0') * QUALITY_ONE;
	for (size_t i = 4, unit = QUALITY_ONE / 10; i < s.n && unit; i++, unit /= 10) {
		if (s.p[3] != '.' || s.p[i] < '0' || s.p[i] > '9')
			return 0;
		digits += (s.p[i] - '0') * (int)unit;
	}
	return value + digits > QUALITY_ONE ? QUALITY_ONE : value + digits;
}

enum language
language_preferred(struct str accept_language)
{
	enum language best = LANGUAGE_COUNT;
	int best_quality = 0;

	for (int i = 0; i < RANGES_MAX && accept_language.n; i++) {
		struct str parameter = str_cut(&accept_language, ',');
		struct str range = str_trim(str_cut(&parameter, ';'));
		int worth = quality(parameter);
		enum language found = worth > best_quality ? lookup(range) : LANGUAGE_COUNT;

		if (found < LANGUAGE_COUNT) {
			best = found;
			best_quality = worth;
		}
	}
	return best;
}

static enum language
choose(struct exchange *x)
{
	enum language l = lookup(request_cookie(&x->request, cookie_name(x)));

	if (l == LANGUAGE_COUNT)
		l = language_listed(x->ui_locales);
	if (l == LANGUAGE_COUNT)
		l = language_preferred(request_header(&x->request, "accept-language"));
	return l < LANGUAGE_COUNT ? l : LANGUAGE_EN;
}

enum language
language_of(struct exchange *x)
{
	if (!x->language)
		x->language = 1 + (int)choose(x);
	return (enum language)(x->language - 1);
}

void
language_asked_by_client(struct exchange *x, struct str ui_locales)
{
	x->ui_locales = ui_locales;
	x->language = 0;
}

/* A choice is no secret and harms nobody: a link is enough. */
enum err
http_language_get(struct exchange *x)
{
	struct str next = form_get(&x->query, "next");
	enum language l = lookup(form_get(&x->query, "to"));

	if (l < LANGUAGE_COUNT)
		reply_header(x, "set-cookie",
			str_printf(x->cx.arena,
				"%s=%.*s; Max-Age=%d; Path=/; HttpOnly; SameSite=Lax%s",
				cookie_name(x), STR_ARG(page_language_words(l, STR("tag"))),
				CHOICE_TTL_S, x->server->https ? "; Secure" : ""));
	return reply_redirect(x, url_is_local_path(next) ? next : STR("/"));
}
