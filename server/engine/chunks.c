/* A state for each place between two bytes of the framing; data is moved in one go. */
#include "server/engine/chunks.h"

#include <stdbool.h>
#include <string.h>

enum { DIGITS_MAX = 2 * sizeof(size_t) };

enum state {
	SIZE, /* h2o's zero */
	EXTENSION,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER_BEGIN,
	TRAILER,
	TRAILER_LF,
	LAST_LF,
	END,
	BROKEN,
	TOO_LARGE,
};

/* Text of no interest, of which there may be so much. */
static enum state
skip(struct chunks *c, unsigned char byte, enum state here)
{
	bool is_text = (byte >= 0x20 && byte != 0x7f) || byte == '\t';

	return is_text && ++c->skipped <= CHUNKS_SKIPPED_MAX ? here : BROKEN;
}

static int
digit_of(unsigned char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static enum state
read_size(struct chunks *c, unsigned char byte)
{
	int digit = digit_of(byte);

	if (digit >= 0) {
		c->left = c->left << 4 | (size_t)digit;
		return ++c->digits <= DIGITS_MAX ? SIZE : BROKEN;
	}
	if (!c->digits)
		return BROKEN;
	c->digits = 0;
	if (c->left > CHUNK_SIZE_MAX)
		return TOO_LARGE;
	if (byte == '\r')
		return SIZE_LF;
	return byte == ';' ? EXTENSION : BROKEN;
}

static enum state
step(struct chunks *c, unsigned char byte)
{
	switch ((enum state)c->state) {
	case SIZE: return read_size(c, byte);
	case EXTENSION: return byte == '\r' ? SIZE_LF : skip(c, byte, EXTENSION);
	case SIZE_LF:
		if (byte != '\n')
			return BROKEN;
		return c->left ? DATA : TRAILER_BEGIN;
	case DATA_CR: return byte == '\r' ? DATA_LF : BROKEN;
	case DATA_LF: return byte == '\n' ? SIZE : BROKEN;
	case TRAILER_BEGIN: return byte == '\r' ? LAST_LF : skip(c, byte, TRAILER);
	case TRAILER: return byte == '\r' ? TRAILER_LF : skip(c, byte, TRAILER);
	case TRAILER_LF: return byte == '\n' ? TRAILER_BEGIN : BROKEN;
	case LAST_LF: return byte == '\n' ? END : BROKEN;
	default: return BROKEN;
	}
}

static size_t
take_data(struct chunks *c, char *to, const char *from, size_t n)
{
	if (n > c->left)
		n = c->left;
	memmove(to, from, n);
	c->left -= n;
	if (!c->left)
		c->state = DATA_CR;
	return n;
}

ptrdiff_t
chunks_decode(struct chunks *c, char *bytes, size_t *size)
{
	size_t from = 0, to = 0, n;

	while (from < *size && c->state < END) {
		if (c->state == DATA) {
			n = take_data(c, bytes + to, bytes + from, *size - from);
			from += n;
			to += n;
		} else {
			c->state = (unsigned char)step(c, (unsigned char)bytes[from++]);
		}
	}
	n = *size - from;
	*size = to;
	if (c->state > END)
		return c->state == BROKEN ? CHUNKS_BROKEN : CHUNKS_TOO_LARGE;
	if (c->state != END)
		return CHUNKS_MORE;
	memmove(bytes + to, bytes + from, n);
	return (ptrdiff_t)n;
}
