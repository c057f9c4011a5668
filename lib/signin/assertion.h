/*
 * struct assertion: what another server says of a person.  The issuer and the subject
 * tell who it is, and nothing else does: names and addresses change hands.
 */
#ifndef LIB_SIGNIN_ASSERTION_H
#define LIB_SIGNIN_ASSERTION_H

#include "lib/base/str.h"

#include <stdint.h>

enum { SUBJECT_MAX = 255 };

struct assertion {
	struct str issuer;
	struct str subject; /* valid UTF-8 without control characters, at most SUBJECT_MAX bytes */
	struct str username;
	struct str email;
	bool email_verified; /* by the other server, in so many words */
	struct str full_name;
	struct str groups;   /* one a line */
	bool groups_unknown; /* there are more than it told */
	struct str amr;      /* how it knows, in words (RFC 8176); or empty */
	int64_t auth_ms;     /* since when; 0: it does not say */
	struct str tokens;   /* what it gave, as lib/signin/tokens.h keeps it; or empty */
};

#endif
