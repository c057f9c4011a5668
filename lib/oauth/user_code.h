/*
 * User codes (RFC 8628 section 6.1): what a person reads on a device and types.
 *
 * Letters and digits of an alphabet of 31 without look-alikes, shown in groups of
 * three or four: "WDJB-MJHT".  People may type them in any case, with or without
 * dashes and blanks.
 *
 * How long they are follows from how many are open, so that no guess is ever
 * better than USER_CODES_OPEN_MAX in 31^8, or one in 85 million: eight characters
 * while that many or fewer are open, nine for 31 times as many, and so on.  A code
 * of eight is no easier to find among a million of nine.  What a guess costs is in
 * lib/oauth/code_pace.h.
 */
#ifndef LIB_OAUTH_USER_CODE_H
#define LIB_OAUTH_USER_CODE_H

#include "lib/base/diag.h"
#include "lib/base/str.h"

enum {
	USER_CODE_ALPHABET = 31,
	USER_CODE_LENGTH_MIN = 8,
	USER_CODE_LENGTH_MAX = 12,
	USER_CODE_SHOWN_MAX = USER_CODE_LENGTH_MAX + 2,
	/* Of the shortest; for each character more, 31 times as many. */
	USER_CODES_OPEN_MAX = 10000,
};

/* Of the next code, if so many are open.  Grows at four fifths of the maximum:
 * several nodes count a few seconds behind each other. */
size_t user_code_length(int64_t open);
/* A random one. */
MUST_USE enum err user_code_new(struct arena *, size_t length, struct str *ret);
/* ERR_MALFORMED for what cannot be a code. */
MUST_USE enum err user_code_canonical(struct arena *, struct str typed, struct str *ret);
/* "WDJBMJHT" -> "WDJB-MJHT", "WDJBMJHT2" -> "WDJ-BMJ-HT2" */
struct str user_code_shown(struct arena *, struct str canonical);

#endif
