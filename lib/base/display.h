/*
 * Text on a terminal: what may be shown, and how wide it is.  Nothing that a server or a
 * stranger said reaches a terminal without display_clean.
 */
#ifndef LIB_BASE_DISPLAY_H
#define LIB_BASE_DISPLAY_H

#include "lib/base/str.h"

/* Replaces by '?' whatever could move the cursor, hide or reorder text: C0, DEL,
 * C1, the bidirectional marks, invisible characters, ill-formed UTF-8; with
 * utf8 false everything beyond ASCII. */
struct str display_clean(struct arena *, struct str, bool utf8);
/* Columns of clean text: wide characters count two, combining ones none.  No locale needs to be
 * set; without C.UTF-8 on the machine every character counts one. */
size_t display_width(struct str);
/* Clean text in at most so many columns, cut between characters; what is cut ends in "…", or "~"
 * with utf8 false. */
struct str display_clip(struct arena *, struct str, size_t columns, bool utf8);

#endif
