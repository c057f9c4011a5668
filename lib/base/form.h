/*
 * application/x-www-form-urlencoded, for bodies and query strings.
 * Limits: FORM_MAX fields.  A NUL, a control character other than tab, CR and
 * LF, malformed %-escape or ill-formed UTF-8 is ERR_MALFORMED.
 * Empty parameter values count as absent (RFC 6749 section 3.1).
 */
#ifndef LIB_BASE_FORM_H
#define LIB_BASE_FORM_H

#include "lib/base/buf.h"
#include "lib/base/diag.h"

enum { FORM_MAX = 64 };

struct form_field {
	struct str name;
	struct str value;
};

struct form {
	struct form_field fields[FORM_MAX];
	size_t count;
};

/* Decodes text into the arena. The diag names the parameter that is wrong. */
MUST_USE enum err form_parse(struct arena *, struct str text, struct form *ret, struct diag *);
/* The value of name, or an empty view. */
struct str form_get(const struct form *, const char *name);
/* The name of a parameter that occurs twice with values, or an empty view:
 * RFC 6749 section 3.1 forbids repetition, but for `resource` (RFC 8707 section 2). */
struct str form_repeated(const struct form *);
/* Appends name=value, percent-encoded, with '&' in front unless the buffer is
 * empty or ends in '?'. */
void form_add(struct buf *, const char *name, struct str value);
/* Percent-encodes everything but unreserved characters (RFC 3986 section 2.3). */
void percent_encode(struct buf *, struct str);
/* Decodes %XX and, if plus_is_space, '+'. */
MUST_USE enum err percent_decode(struct arena *, struct str, bool plus_is_space, struct str *ret);

#endif
