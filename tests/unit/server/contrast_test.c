/* WCAG 2.2 success criteria 1.4.3 and 1.4.11, computed from the colour tokens
 * of the style sheet in both themes. */
#include "tests/support/check.h"

#include "assets.h"

#include <math.h>
#include <stdlib.h>

struct pair {
	const char *front;
	const char *back;
	double at_least;
};

/* Text needs 4.5; edges of controls, the focus ring and marks need 3. */
static const struct pair pairs[] = {
	{"text", "page", 4.5},
	{"text", "card", 4.5},
	{"text", "soft", 4.5},
	{"muted", "page", 4.5},
	{"muted", "card", 4.5},
	{"accent", "page", 4.5},
	{"accent", "card", 4.5},
	{"accent-strong", "card", 4.5},
	{"on-accent", "accent", 4.5},
	{"on-accent", "accent-strong", 4.5},
	{"warn-text", "warn-back", 4.5},
	{"bad-text", "bad-back", 4.5},
	{"line", "card", 3},
	{"accent", "soft", 3},
	{"warn-line", "warn-back", 3},
	{"bad-line", "bad-back", 3},
	{"bad-line", "card", 3},
};

static const char *
style_sheet(void)
{
	for (size_t i = 0; i < assets_count; i++) {
		if (!strcmp(assets[i].name, "authgate.css"))
			return (const char *)assets[i].bytes;
	}
	fail_msg("there is no authgate.css");
	return NULL;
}

/* The first "--name: #rrggbb;" behind theme. */
static unsigned
colour(const char *theme, const char *name)
{
	char declaration[64];
	const char *at;

	(void)snprintf(declaration, sizeof declaration, "\t--%s: #", name);
	at = strstr(theme, declaration);
	if (!at)
		fail_msg("no colour %s", name);
	return (unsigned)strtoul(at + strlen(declaration), NULL, 16);
}

/* WCAG 2.2, "relative luminance". */
static double
luminance(unsigned rgb)
{
	static const double weight[] = {0.0722, 0.7152, 0.2126};
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		double c = ((rgb >> (8 * i)) & 0xff) / 255.0;

		sum += weight[i] * (c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static double
contrast(unsigned a, unsigned b)
{
	double la = luminance(a), lb = luminance(b);

	return (fmax(la, lb) + 0.05) / (fmin(la, lb) + 0.05);
}

static void
check_theme(const char *theme, const char *name)
{
	for (size_t i = 0; i < countof(pairs); i++) {
		const struct pair *p = &pairs[i];
		double ratio = contrast(colour(theme, p->front), colour(theme, p->back));

		if (ratio < p->at_least)
			fail_msg("%s: %s on %s is %.2f:1, needs %.1f:1", name, p->front, p->back,
				ratio, p->at_least);
	}
}

static void
test_black_on_white_is_21(void **state)
{
	(void)state;
	assert_true(fabs(contrast(0x000000, 0xffffff) - 21) < 0.001);
	assert_true(contrast(0x777777, 0xffffff) < 4.5);
}

static void
test_light_theme_has_contrast(void **state)
{
	(void)state;
	check_theme(strstr(style_sheet(), ":root"), "light");
}

static void
test_dark_theme_has_contrast(void **state)
{
	const char *dark = strstr(style_sheet(), "(prefers-color-scheme: dark)");

	(void)state;
	assert_non_null(dark);
	check_theme(dark, "dark");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_black_on_white_is_21),
		cmocka_unit_test(test_light_theme_has_contrast),
		cmocka_unit_test(test_dark_theme_has_contrast),
	};

	return RUN(tests);
}
