/*
 * URLs as OAuth needs them: taken apart, judged, never "repaired".
 * Accepts printable ASCII without backslash, space or control characters;
 * anything else is ERR_MALFORMED (RFC 3986; attacks through tabs, backslashes
 * and user info are why nothing is normalised).
 */
#ifndef LIB_BASE_URL_H
#define LIB_BASE_URL_H

#include "lib/base/diag.h"
#include "lib/base/str.h"

struct url {
	struct str scheme; /* as written, lower case demanded */
	struct str host;   /* without brackets, as written: a name, or an address in the spelling of
			      ipaddr.h; empty for private-use schemes without authority only */
	struct str port;   /* 1 to 65535 without leading zero, or empty */
	struct str path;   /* begins with '/', or is empty behind an authority */
	struct str query;  /* without '?' */
	bool has_query;
	bool has_fragment;
	bool has_userinfo;
};

MUST_USE enum err url_parse(struct str, struct url *ret, struct diag *);
/* 127.0.0.1, ::1 (RFC 8252 section 7.3) and, for people's browsers, localhost: what may
 * be trusted as this computer.  What must not lead to it is another question, with more
 * answers: lib/http/destination.h. */
bool url_is_loopback(const struct url *);
/* A place inside this server to go after signing in: begins with '/', has no
 * empty, "." or ".." segment, no backslash, no escaped slash or control
 * character in the path, printable ASCII only, at most 2048 bytes. */
bool url_is_local_path(struct str);

#endif
