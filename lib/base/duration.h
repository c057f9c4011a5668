/*
 * Durations in Go's syntax, because the configuration of the Go original is
 * written in it: "10h", "1h30m", "90s", "250ms", "1.5h",
 * plus "d" for days; "0".
 */
#ifndef LIB_BASE_DURATION_H
#define LIB_BASE_DURATION_H

#include "lib/base/str.h"

/* Whole milliseconds; ERR_MALFORMED for anything else, negative included, more
 * than nine decimals, a part of a millisecond, or over a hundred years. */
MUST_USE enum err duration_parse_ms(struct str, int64_t *ret_ms);
/* The shortest spelling, as "1h30m". */
struct str duration_text(struct arena *, int64_t ms);
/* For people: "2 minutes", "a moment", "3 hours". */
struct str duration_words(struct arena *, int64_t ms);
/* What a wait is told as, in ms: a minute and a bit is two minutes. */
int64_t duration_of_wait_ms(int64_t wait_s);

#endif
