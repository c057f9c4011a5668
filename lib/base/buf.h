/*
 * struct buf: growing bytes in an arena, born with a maximum.  Appending past
 * the maximum changes nothing and sets `failed`, which stays set: append
 * freely, then ask buf_ok() once.  There is always a NUL behind the bytes.
 */
#ifndef LIB_BASE_BUF_H
#define LIB_BASE_BUF_H

#include "lib/base/str.h"

struct buf {
	char *p;
	size_t n;
	size_t capacity;
	size_t max;
	struct arena *arena;
	bool failed;
};

void buf_init(struct buf *, struct arena *, size_t max);
void buf_add(struct buf *, struct str);
void buf_add_c(struct buf *, const char *);
void buf_add_char(struct buf *, char);
void buf_add_i64(struct buf *, int64_t);
void buf_add_u64(struct buf *, uint64_t);
void buf_add_printf(struct buf *, const char *format, ...) PRINTF_LIKE(2, 3);
/* Room for n more bytes at the end, to be filled by the caller, which then
 * calls buf_grew; NULL (and failed) if that passes the maximum. */
char *buf_reserve(struct buf *, size_t n);
void buf_grew(struct buf *, size_t n);
void buf_reset(struct buf *);
struct str buf_str(const struct buf *);
bool buf_ok(const struct buf *);

#endif
