/* UUIDv7: layout, and the one spelling that is accepted. */
#include "lib/base/id.h"

#include <string.h>

enum { MS_SIZE = 6, VARIANT = 8 };

struct id
id_make(int64_t now_ms, const uint8_t random[10])
{
	struct id id;

	for (size_t i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)((uint64_t)now_ms >> (40 - 8 * i));
	memcpy(id.bytes + 6, random, 10);
	id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0f)); /* version 7 */
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f)); /* variant of RFC 9562 */
	return id;
}

struct id
id_behind(struct id last, struct id id)
{
	if (memcmp(id.bytes, last.bytes, MS_SIZE) != 0 || memcmp(id.bytes, last.bytes, ID_SIZE) > 0)
		return id;
	/* Below the variant there are 56 bits to count with. */
	for (size_t i = ID_SIZE; i-- > VARIANT + 1 && ++last.bytes[i] == 0;)
		;
	return last;
}

bool
id_eq(struct id a, struct id b)
{
	return memcmp(a.bytes, b.bytes, ID_SIZE) == 0;
}

bool
id_is_zero(struct id id)
{
	return id_eq(id, (struct id){{0}});
}

static bool
is_dash(size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

void
id_format(struct id id, char out[ID_TEXT_SIZE + 1])
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < ID_SIZE; i++) {
		if (is_dash(at))
			out[at++] = '-';
		out[at++] = digits[id.bytes[i] >> 4];
		out[at++] = digits[id.bytes[i] & 15];
	}
	out[at] = '\0';
}

struct str
id_text(struct arena *a, struct id id)
{
	char *text = arena_alloc(a, ID_TEXT_SIZE + 1);

	id_format(id, text);
	return (struct str){text, ID_TEXT_SIZE};
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum err
id_parse(struct str s, struct id *ret)
{
	struct id id = {{0}};
	size_t nibble = 0;

	if (s.n != ID_TEXT_SIZE)
		return ERR_MALFORMED;
	for (size_t i = 0; i < s.n; i++) {
		int digit = hex_digit(s.p[i]);

		if (is_dash(i)) {
			if (s.p[i] != '-')
				return ERR_MALFORMED;
			continue;
		}
		if (digit < 0)
			return ERR_MALFORMED;
		id.bytes[nibble / 2] = (uint8_t)(id.bytes[nibble / 2] << 4 | digit);
		nibble++;
	}
	*ret = id;
	return OK;
}
