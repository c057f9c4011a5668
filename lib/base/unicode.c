/* Ranges, in order. */
#include "lib/base/unicode.h"

struct range {
	uint32_t first, last;
};

static const struct range hidden[] = {
	{0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, /* soft hyphen */
	{0x034f, 0x034f},                                     /* combining grapheme joiner */
	{0x061c, 0x061c},                                     /* Arabic letter mark */
	{0x115f, 0x1160},                                     /* fillers of Hangul */
	{0x17b4, 0x17b5},                                     /* inherent vowels of Khmer */
	{0x180b, 0x180f},                                     /* of Mongolian */
	{0x200b, 0x200f},                                     /* zero width, directional marks */
	{0x2028, 0x202e},                                     /* separators, embeddings */
	{0x2060, 0x206f},                                     /* word joiner, isolates */
	{0x3164, 0x3164},                                     /* filler of Hangul */
	{0xfe00, 0xfe0f},                                     /* variation selectors */
	{0xfeff, 0xfeff},                                     /* byte order mark */
	{0xffa0, 0xffa0},                                     /* filler of Hangul */
	{0xfff0, 0xfffb}, /* unassigned, and interlinear annotation */
	{0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff}, /* tags, more variation selectors */
};

/* Blanks, punctuation, symbols, marks that need a letter, what nobody has assigned. */
static const struct range no_word[] = {
	{0x0000, 0x002f},
	{0x003a, 0x0040},
	{0x005b, 0x0060},
	{0x007b, 0x00a9},
	{0x00ab, 0x00b4},
	{0x00b6, 0x00b9},
	{0x00bb, 0x00bf},
	{0x00d7, 0x00d7},
	{0x00f7, 0x00f7},
	{0x02b0, 0x036f}, /* modifiers and combining marks */
	{0x0483, 0x0489},
	{0x0591, 0x05cf},
	{0x0600, 0x061f},
	{0x064b, 0x065f},
	{0x1160, 0x11ff}, /* parts of syllables */
	{0x135d, 0x135f},
	{0x1680, 0x1680},
	{0x17b4, 0x17d3},
	{0x180b, 0x180f},
	{0x1ab0, 0x1aff},
	{0x1dc0, 0x1dff},
	{0x2000, 0x20ff}, /* punctuation, currency, marks around symbols */
	{0x2190, 0x2bff}, /* arrows to dingbats, Braille with U+2800 among them */
	{0x2de0, 0x2dff},
	{0x2e00, 0x2e7f},
	{0x2ff0, 0x3004},
	{0x3008, 0x3020},
	{0x302a, 0x3030},
	{0x303d, 0x3040},
	{0x3099, 0x309c},
	{0x3164, 0x3164},
	{0xd800, 0xf8ff}, /* surrogates, private use */
	{0xfe00, 0xfe6f},
	{0xfeff, 0xff0f},
	{0xff1a, 0xff20},
	{0xff3b, 0xff40},
	{0xff5b, 0xff65},
	{0xffa0, 0xffa0},
	{0xffe0, 0xffff},
	{0x1bca0, 0x1bca3},
	{0x1d000, 0x1d3ff}, /* music, games */
	{0x1f000, 0x1faff}, /* tiles, emoji */
	{0xe0000, 0x10ffff},
};

uint32_t
unicode_point(struct str sequence)
{
	static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const unsigned char *p = (const unsigned char *)sequence.p;
	uint32_t point = p[0] & mask[sequence.n];

	for (size_t i = 1; i < sequence.n; i++)
		point = point << 6 | (p[i] & 0x3f);
	return point;
}

static bool
is_in(uint32_t point, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count && ranges[i].first <= point; i++)
		if (point <= ranges[i].last)
			return true;
	return false;
}

bool
unicode_is_hidden(uint32_t point)
{
	return is_in(point, hidden, countof(hidden));
}

bool
unicode_is_word(uint32_t point)
{
	return !is_in(point, no_word, countof(no_word)) && !unicode_is_hidden(point);
}
