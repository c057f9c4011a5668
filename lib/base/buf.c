/* Doubles inside the arena; the old bytes stay behind until the arena ends. */
#include "lib/base/buf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

void
buf_init(struct buf *b, struct arena *arena, size_t max)
{
	*b = (struct buf){.arena = arena, .max = max, .p = arena_alloc(arena, 1)};
}

static void
grow(struct buf *b, size_t need)
{
	size_t capacity = b->capacity ? b->capacity : FIRST_CAPACITY;
	char *p;

	while (capacity < need)
		capacity = capacity > b->max / 2 ? b->max : capacity * 2;
	if (capacity > b->max)
		capacity = b->max;
	p = arena_alloc(b->arena, capacity + 1);
	if (b->n)
		memcpy(p, b->p, b->n);
	b->p = p;
	b->capacity = capacity;
}

char *
buf_reserve(struct buf *b, size_t n)
{
	if (b->failed || n > b->max - b->n) {
		b->failed = true;
		return NULL;
	}
	if (b->capacity - b->n < n || !b->capacity)
		grow(b, b->n + n);
	return b->p + b->n;
}

void
buf_grew(struct buf *b, size_t n)
{
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_add(struct buf *b, struct str s)
{
	char *room = buf_reserve(b, s.n);

	if (!room || !s.n)
		return;
	memcpy(room, s.p, s.n);
	buf_grew(b, s.n);
}

void
buf_add_c(struct buf *b, const char *text)
{
	buf_add(b, str_of(text));
}

void
buf_add_char(struct buf *b, char c)
{
	buf_add(b, (struct str){&c, 1});
}

static void
add_decimal(struct buf *b, uint64_t value, bool negative)
{
	char digits[21];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	if (negative)
		digits[--at] = '-';
	buf_add(b, (struct str){digits + at, sizeof digits - at});
}

void
buf_add_u64(struct buf *b, uint64_t value)
{
	add_decimal(b, value, false);
}

void
buf_add_i64(struct buf *b, int64_t value)
{
	add_decimal(b, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

void
buf_add_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	int n;
	char *room;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	room = n < 0 ? NULL : buf_reserve(b, (size_t)n);
	if (!room) {
		b->failed = true;
		return;
	}
	va_start(args, format);
	(void)vsnprintf(room, (size_t)n + 1, format, args);
	va_end(args);
	buf_grew(b, (size_t)n);
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->p[0] = '\0';
	b->failed = false;
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){b->p, b->n};
}

bool
buf_ok(const struct buf *b)
{
	return !b->failed;
}
