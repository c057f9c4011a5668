/*
 * JSON, written to a buffer by hand and read with jansson (which only json.c
 * includes).  Reading rejects duplicate members, NUL, depth over 16 and text
 * over the caller's limit.
 *
 *	json_open(out, '{');  json_key(out, "active");  json_bool(out, true);
 *	json_close(out, '}');
 *
 * Commas are placed by looking at what the buffer ends in, so the writer needs
 * no state: values never end in '{', '[', ':' or ','  unless inside quotes.
 */
#ifndef LIB_BASE_JSON_H
#define LIB_BASE_JSON_H

#include "lib/base/buf.h"
#include "lib/base/diag.h"

void json_open(struct buf *, char bracket);
void json_close(struct buf *, char bracket);
void json_key(struct buf *, const char *name);
/* Escapes what RFC 8259 demands, '<', '>', '&' as \u00XX, so that JSON inside
 * HTML stays inert, and what could steer or reorder a terminal's line: C1 controls, line
 * separators, directional marks, tags.  Ill-formed UTF-8 becomes U+FFFD. */
void json_str(struct buf *, struct str);
void json_i64(struct buf *, int64_t);
void json_bool(struct buf *, bool);
/* key and value in one call. */
void json_member_str(struct buf *, const char *name, struct str value);
void json_member_i64(struct buf *, const char *name, int64_t value);
void json_member_bool(struct buf *, const char *name, bool value);
/* A space separated list as an array of strings. */
void json_member_words(struct buf *, const char *name, struct str words);

/* The version of what reads it. */
const char *json_library(void);

/* A parsed document; json_free(NULL) is allowed. */
struct json;
MUST_USE enum err json_parse(struct str text, size_t max, struct json **ret, struct diag *);
/* The same for an answer of a server that is not ours: whole numbers may have any size. */
MUST_USE enum err json_parse_foreign(struct str text, size_t max, struct json **ret, struct diag *);
void json_free(struct json *);
/* Top-level members of an object; absent or of another type gives an empty
 * view or the fallback.  Views live as long as the document. */
struct str json_get_str(const struct json *, const char *name);
int64_t json_get_i64(const struct json *, const char *name, int64_t fallback);
/* A number of other people, in thousandths: whole, with a fraction, or as text; one that
 * is too large or too small is the largest or the smallest there is.  Anything else is
 * the fallback. */
int64_t json_get_thousandths(const struct json *, const char *name, int64_t fallback);
bool json_get_bool(const struct json *, const char *name, bool fallback);
bool json_has(const struct json *, const char *name);
/* What an object has under a name; null counts as absent, as in RFC 7592. */
enum json_kind {
	JSON_IS_ABSENT,
	JSON_IS_TEXT,
	JSON_IS_NUMBER,
	JSON_IS_FLAG,
	JSON_IS_LIST,
	JSON_IS_OBJECT
};
enum json_kind json_kind(const struct json *, const char *name);
/* False for a document that is no object. */
bool json_is_map(const struct json *);
/* Items of the array member name; 0 for anything else. */
size_t json_array_count(const struct json *, const char *name);
/* The string at position i of it; false for anything else. */
bool json_array_str(const struct json *, const char *name, size_t i, struct str *ret);
/* The string `name` of the object member `object`; empty if there is none. */
struct str json_object_str(const struct json *, const char *object, const char *name);
/* Calls each(name, value as compact JSON, context) for the members of an object,
 * until it returns an error. */
typedef enum err json_visitor(struct str name, struct str value, void *context);
MUST_USE enum err json_each_member(const struct json *, json_visitor *each, void *context);
/* The whole document on one line, with the escapes of json_str. */
struct str json_text(const struct json *, struct arena *);
/* Appends a value that is JSON already. */
void json_raw(struct buf *, struct str json);
/* Appends, to an object being written, every top-level member whose name is not
 * among the known ones: so that rewriting a file keeps what others put there. */
void json_member_unknown(
	struct buf *, const struct json *, const char *const known[], size_t known_count);
/* An array of strings as words separated by one space, a string as it is.
 * ERR_MALFORMED for anything else, and for an item with a blank in it. */
MUST_USE enum err json_get_words(
	const struct json *, const char *name, struct arena *, struct str *ret);
/* True if the array member name holds this string. */
bool json_array_has(const struct json *, const char *name, const char *value);
/* The object at position i of the array member name; NULL behind the end, and
 * for anything that is no object.  It lives as long as the document. */
const struct json *json_array_object(const struct json *, const char *name, size_t i);

#endif
