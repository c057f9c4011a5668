/* The operator's name and colours on the pages. */
#include "server/pages/brand.h"

#include "lib/base/color.h"
#include "lib/config/config.h"
#include "server/handlers.h"
#include "server/pages/static.h"
#include "server/reply.h"

#include <stdio.h>

enum { LOGO_MAX = 256 * 1024, READABLE = 450, STRONGER = 22 };

static const struct color white = {0xff, 0xff, 0xff}, black = {0, 0, 0};
/* --card of the dark theme, and a text on what shines there: templates/static/authgate.css. */
static const struct color dark_card = {0x1a, 0x1f, 0x29}, dark_text = {0x0b, 0x18, 0x34};

void
brand_fill(const struct exchange *x, struct page *page)
{
	const struct config *c = x->cx.config;

	page->brand = c->ui_name;
	page->has_logo = c->ui_logo.n > 0;
	page->has_accent = c->ui_accent.n > 0;
	page->support = (struct proven_uri){c->ui_support_url};
	page->terms = (struct proven_uri){c->ui_terms_url};
}

/* As light as it must be to be read on the dark card, and to be written on. */
static struct color
for_the_dark(struct color accent)
{
	for (int step = 0; step <= 100; step += 5) {
		struct color c = color_towards(accent, white, step);

		if (color_contrast(c, dark_card) >= READABLE &&
			color_contrast(c, dark_text) >= READABLE)
			return c;
	}
	return white;
}

enum err
http_ui_accent_get(struct exchange *x)
{
	struct color light, dark;
	struct arena *a = x->cx.arena;

	if (color_parse(x->cx.config->ui_accent, &light))
		return ERR_NOT_FOUND;
	dark = for_the_dark(light);
	x->reply.status = 200;
	x->reply.content_type = STR("text/css; charset=utf-8");
	x->reply.body = str_printf(a,
		":root{--accent:%.*s;--accent-strong:%.*s;--on-accent:#ffffff}\n"
		"@media (prefers-color-scheme:dark){:root{--accent:%.*s;--accent-strong:%.*s;"
		"--on-accent:%.*s}}\n",
		STR_ARG(color_text(a, light)),
		STR_ARG(color_text(a, color_towards(light, black, STRONGER))),
		STR_ARG(color_text(a, dark)),
		STR_ARG(color_text(a, color_towards(dark, white, STRONGER))),
		STR_ARG(color_text(a, dark_text)));
	return OK;
}

/* Read each time: it is small, and may be replaced while the server runs. */
enum err
http_ui_logo_get(struct exchange *x)
{
	const char *path = str_c(x->cx.arena, x->cx.config->ui_logo);
	FILE *f = *path ? fopen(path, "rbe") : NULL;
	char *bytes;
	size_t n;

	if (!f)
		return ERR_NOT_FOUND;
	bytes = arena_alloc(x->cx.arena, LOGO_MAX);
	n = fread(bytes, 1, LOGO_MAX, f);
	(void)fclose(f);
	x->reply.status = 200;
	x->reply.content_type = static_type(path);
	x->reply.body = (struct str){bytes, n};
	return OK;
}
