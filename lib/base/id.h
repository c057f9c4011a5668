/*
 * struct id: the primary key of nearly everything, a UUIDv7 (RFC 9562 section
 * 5.7): 48 bits of milliseconds, then random.  Ordered by time, because random
 * keys dirty one database page per row.
 * Shown as the canonical lower-case UUID; no other spelling is accepted.
 */
#ifndef LIB_BASE_ID_H
#define LIB_BASE_ID_H

#include "lib/base/str.h"

enum { ID_SIZE = 16, ID_TEXT_SIZE = 36 };

struct id {
	uint8_t bytes[ID_SIZE];
};

/* Builds an id from the instant and ten random bytes.  lib/crypto/random.h has
 * id_new, which supplies them. */
struct id id_make(int64_t now_ms, const uint8_t random[10]);
/* id, unless it is of the same millisecond as `last` and not behind it: then the
 * one that follows `last`.  For rows whose order is to be that of their making. */
struct id id_behind(struct id last, struct id id);
bool id_eq(struct id, struct id);
bool id_is_zero(struct id);
/* Writes 36 characters and a NUL. */
void id_format(struct id, char out[ID_TEXT_SIZE + 1]);
struct str id_text(struct arena *, struct id);
/* ERR_MALFORMED unless canonical. */
MUST_USE enum err id_parse(struct str, struct id *ret);

#endif
