/* Decomposes, puts marks into their order, composes again. */
#include "lib/base/nfc.h"

#include "lib/base/buf.h"

#include <string.h>

/* Decompositions are at most four deep and one grows into at most four characters. */
enum { GROWTH = 4, UTF8_MAX = 4 };

/* UAX 15 and chapter 3.12 of Unicode: Hangul syllables are computed. */
enum {
	S_BASE = 0xAC00,
	L_BASE = 0x1100,
	V_BASE = 0x1161,
	T_BASE = 0x11A7,
	L_COUNT = 19,
	V_COUNT = 21,
	T_COUNT = 28,
	N_COUNT = V_COUNT * T_COUNT,
	S_COUNT = L_COUNT * N_COUNT,
};

/* In the order of their characters. */
static const struct decomposition {
	uint32_t character : 24, composes : 8;
	uint32_t first, second;
} decompositions[] = {
#define PAIR(c, a, b)  {c, 1, a, b},
#define APART(c, a, b) {c, 0, a, b},
#define CLASS(from, to, class)
#include "lib/base/nfc.def"
#undef PAIR
#undef APART
#undef CLASS
};

static const struct {
	uint32_t from, to : 24, class : 8;
} classes[] = {
#define PAIR(c, a, b)
#define APART(c, a, b)
#define CLASS(from, to, class) {from, to, class},
#include "lib/base/nfc.def"
#undef PAIR
#undef APART
#undef CLASS
};

/* What is worked on: characters, in memory of the arena. */
struct characters {
	uint32_t *at;
	size_t n;
};

static unsigned
class_of(uint32_t c)
{
	size_t low = 0, high = countof(classes);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c < classes[middle].from)
			high = middle;
		else if (c > classes[middle].to)
			low = middle + 1;
		else
			return classes[middle].class;
	}
	return 0;
}

static const struct decomposition *
decomposition_of(uint32_t c)
{
	size_t low = 0, high = countof(decompositions);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c == decompositions[middle].character)
			return &decompositions[middle];
		if (c < decompositions[middle].character)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Adds c, or what it is made of; the recursion is as deep as the table, not the text. */
static void
decompose(struct characters *out, uint32_t c)
{
	const struct decomposition *d;

	if (c - S_BASE < S_COUNT) {
		out->at[out->n++] = L_BASE + (c - S_BASE) / N_COUNT;
		out->at[out->n++] = V_BASE + (c - S_BASE) % N_COUNT / T_COUNT;
		if ((c - S_BASE) % T_COUNT)
			out->at[out->n++] = T_BASE + (c - S_BASE) % T_COUNT;
		return;
	}
	if (!(d = decomposition_of(c))) {
		out->at[out->n++] = c;
		return;
	}
	decompose(out, d->first);
	if (d->second)
		decompose(out, d->second);
}

/* Marks behind one character, by class; those of one class keep their order. */
static void
put_in_order(struct characters *s)
{
	for (size_t i = 1; i < s->n; i++) {
		uint32_t c = s->at[i];
		unsigned class = class_of(c);
		size_t j = i;

		for (; class && j > 0 && class_of(s->at[j - 1]) > class; j--)
			s->at[j] = s->at[j - 1];
		s->at[j] = c;
	}
}

/* 0: these two are no character. */
static uint32_t
composed(uint32_t a, uint32_t b)
{
	if (a - L_BASE < L_COUNT && b - V_BASE < V_COUNT)
		return S_BASE + (a - L_BASE) * N_COUNT + (b - V_BASE) * T_COUNT;
	if (a - S_BASE < S_COUNT && (a - S_BASE) % T_COUNT == 0 && b - T_BASE - 1 < T_COUNT - 1)
		return a + b - T_BASE;
	for (size_t i = 0; i < countof(decompositions); i++)
		if (decompositions[i].second == b && decompositions[i].first == a &&
			decompositions[i].composes)
			return decompositions[i].character;
	return 0;
}

/* A mark goes to its character unless one of the same or a higher class stands between. */
static void
compose(struct characters *s)
{
	size_t starter = SIZE_MAX, n = 0;
	unsigned last = 0;

	for (size_t i = 0; i < s->n; i++) {
		uint32_t c = s->at[i], made = 0;
		unsigned class = class_of(c);
		bool near = starter != SIZE_MAX && (n == starter + 1 || (last && last < class));

		if (near)
			made = composed(s->at[starter], c);
		if (made) {
			s->at[starter] = made;
			continue;
		}
		if (!class)
			starter = n;
		last = class;
		s->at[n++] = c;
	}
	s->n = n;
}

static uint32_t
decode(struct str sequence)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t c = (unsigned char)sequence.p[0] & masks[sequence.n];

	for (size_t i = 1; i < sequence.n; i++)
		c = c << 6 | ((unsigned char)sequence.p[i] & 0x3f);
	return c;
}

static void
encode(struct buf *out, uint32_t c)
{
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	char bytes[UTF8_MAX];

	for (size_t i = n; i-- > 1; c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3f));
	bytes[0] = (char)(leads[n] | c);
	buf_add(out, (struct str){bytes, n});
}

static bool
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

struct str
nfc(struct arena *arena, struct str text)
{
	struct characters s = {.n = 0};
	struct str rest = text;
	struct buf out;

	if (is_ascii(text) || !str_is_utf8(text))
		return text;
	s.at = arena_array(arena, uint32_t, GROWTH * text.n);
	while (rest.n) {
		size_t n = (unsigned char)rest.p[0] < 0x80 ? 1 : str_utf8_sequence(rest);

		decompose(&s, decode(str_first(rest, n)));
		rest = str_from(rest, n);
	}
	put_in_order(&s);
	compose(&s);
	buf_init(&out, arena, UTF8_MAX * s.n);
	for (size_t i = 0; i < s.n; i++)
		encode(&out, s.at[i]);
	return str_eq(buf_str(&out), text) ? text : buf_str(&out);
}
