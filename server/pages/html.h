/*
 * What the compiled templates call.  The macro of a place chooses the function
 * by the type of the value: text escapes, integers print, and everything else
 * (bool, pointers, struct secret) does not compile.
 */
#ifndef SERVER_PAGES_HTML_H
#define SERVER_PAGES_HTML_H

#include "lib/base/buf.h"

/* Between tags, and in quoted attributes. A byte that is no well-formed UTF-8,
 * a control character, and what would end the isolation of a text from those around it
 * (U+2066 to U+2069), becomes U+FFFD. */
void html_text(struct buf *, struct str);
/* One segment or value of an address that began with '/': everything but the
 * unreserved characters of RFC 3986 is percent-encoded. */
void html_url(struct buf *, struct str);
/* An address of another site that has been proven to be a client's own
 * (lib/oauth/redirect.h), or is the operator's: the only kind that a page may send a form
 * to, or link to. */
struct proven_uri {
	struct str uri;
};
void html_proven_uri(struct buf *, struct proven_uri);
/* An address of this server that a link leads to (server/gate/way.h); one that is not
 * becomes "/". */
struct local_way {
	struct str target;
};
void html_local_way(struct buf *, struct local_way);
/* The content-hashed name of a file in templates/static (server/pages/static.h). */
void html_asset(struct buf *, const char *name);
/* The file as a script element. */
void html_script(struct buf *, const char *name);

bool html_is_set_str(struct str);
bool html_is_set_bool(bool);
bool html_is_set_i64(int64_t);
bool html_is_set_u64(uint64_t);
bool html_is_set_way(struct local_way);
bool html_is_set_proven(struct proven_uri);

/* clang-format off */
#define HTML_TEXT(b, v) \
	_Generic((v), struct str: html_text, int64_t: buf_add_i64, uint64_t: buf_add_u64)((b), (v))
#define HTML_ATTRIBUTE(b, v) HTML_TEXT(b, v)
#define HTML_URL(b, v) \
	_Generic((v), struct str: html_url, int64_t: buf_add_i64, uint64_t: buf_add_u64)((b), (v))
#define HTML_LINK(b, v) \
	_Generic((v), struct local_way: html_local_way, struct proven_uri: html_proven_uri)((b), (v))
#define HTML_IS_SET(v) \
	_Generic((v), struct str: html_is_set_str, bool: html_is_set_bool, \
		struct local_way: html_is_set_way, struct proven_uri: html_is_set_proven, \
		int64_t: html_is_set_i64, uint64_t: html_is_set_u64)(v)
/* clang-format on */

#endif
