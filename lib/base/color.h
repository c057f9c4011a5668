/* Colours as "#rrggbb", and how well one can be read on another. */
#ifndef LIB_BASE_COLOR_H
#define LIB_BASE_COLOR_H

#include "lib/base/str.h"

struct color {
	uint8_t red, green, blue;
};

/* ERR_MALFORMED unless it is '#' and six hex digits. */
MUST_USE enum err color_parse(struct str, struct color *ret);
/* "#rrggbb" */
struct str color_text(struct arena *, struct color);
/* The contrast ratio of WCAG 2.2 in hundredths: 100 for the same, 2100 for black on white. */
int color_contrast(struct color, struct color);
/* So many hundredths of the way to the other. */
struct color color_towards(struct color, struct color other, int hundredths);

#endif
