/* Contrast, WCAG 2.2, "relative luminance". */
#include "lib/base/color.h"

enum { STEPS = 24 };

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum err
color_parse(struct str s, struct color *ret)
{
	int bytes[3];

	if (s.n != 7 || s.p[0] != '#')
		return ERR_MALFORMED;
	for (size_t i = 0; i < 3; i++) {
		int high = digit(s.p[1 + 2 * i]), low = digit(s.p[2 + 2 * i]);

		if (high < 0 || low < 0)
			return ERR_MALFORMED;
		bytes[i] = high * 16 + low;
	}
	*ret = (struct color){(uint8_t)bytes[0], (uint8_t)bytes[1], (uint8_t)bytes[2]};
	return OK;
}

struct str
color_text(struct arena *a, struct color c)
{
	return str_printf(a, "#%02x%02x%02x", c.red, c.green, c.blue);
}

/* x to the power of 2.4, for 0..1: x squared times the fifth root of x squared, by
 * Newton's method, so that the program needs no library for it. */
static double
power_2_4(double x)
{
	double square = x * x, root = 1;

	for (int i = 0; i < STEPS && square > 0; i++)
		root -= (root - square / (root * root * root * root)) / 5;
	return square > 0 ? square * root : 0;
}

static double
linear(uint8_t byte)
{
	double c = byte / 255.0;

	return c <= 0.04045 ? c / 12.92 : power_2_4((c + 0.055) / 1.055);
}

static double
luminance(struct color c)
{
	return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

int
color_contrast(struct color a, struct color b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

	return (int)(100 * (x > y ? x / y : y / x));
}

static uint8_t
mix(uint8_t from, uint8_t to, int hundredths)
{
	return (uint8_t)(from + (to - from) * hundredths / 100);
}

struct color
color_towards(struct color c, struct color other, int hundredths)
{
	return (struct color){mix(c.red, other.red, hundredths),
		mix(c.green, other.green, hundredths), mix(c.blue, other.blue, hundredths)};
}
