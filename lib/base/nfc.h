/*
 * Unicode Normalization Form C (UAX 15) of UTF-8 text, so that what a person typed is
 * the same bytes whichever keyboard, browser or system it came from: "ü" is one
 * character, or "u" and a mark.  Compatibility forms stay what they are: NFKC makes
 * different passwords the same.
 *
 * The tables are our own (lib/base/nfc.def): the libraries that have them bring ten
 * times their size, or are not on every system that has the rest.
 */
#ifndef LIB_BASE_NFC_H
#define LIB_BASE_NFC_H

#include "lib/base/str.h"

/* The text itself if it is ASCII, is no UTF-8, or is in that form already; else a copy in
 * the arena.  Time grows with the length, and with the square of a run of marks: callers
 * have limits. */
struct str nfc(struct arena *, struct str text);

#endif
