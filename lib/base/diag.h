/*
 * struct diag: one line of text for a person who configures or operates
 * authgate: where it happened and what to do.  Never holds a secret.
 * The caller owns it, usually on the stack; set it once, print it at the edge.
 */
#ifndef LIB_BASE_DIAG_H
#define LIB_BASE_DIAG_H

#include "lib/base/err.h"

struct diag {
	char text[512];
};

/* Writes the text (cut at 511 bytes) and returns e, so that a failing step
 * ends with `return diag_set(d, ERR_CONFIG, "...")`.  d may be NULL. */
enum err diag_set(struct diag *d, enum err e, const char *format, ...) PRINTF_LIKE(3, 4);

/* Same, beginning with "file:line: "; line 0 leaves the line out. */
enum err diag_at(struct diag *d, enum err e, const char *file, unsigned line, const char *format,
	...) PRINTF_LIKE(5, 6);

#endif
