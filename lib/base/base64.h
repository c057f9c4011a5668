/*
 * base64url without padding (RFC 4648 section 5), and lower-case hex.
 * Decoding is strict: no padding, no white space, no foreign character, no
 * stray bits in the last character.
 */
#ifndef LIB_BASE_BASE64_H
#define LIB_BASE_BASE64_H

#include "lib/base/buf.h"

/* Characters needed for n bytes. */
#define BASE64URL_SIZE(n) (((n)*4 + 2) / 3)

void base64url_encode(struct buf *, const void *bytes, size_t n);
struct str base64url(struct arena *, const void *bytes, size_t n);
/* Decodes into the arena. */
MUST_USE enum err base64url_decode(struct arena *, struct str, struct str *ret);
/* Decodes exactly n bytes into out. */
MUST_USE enum err base64url_decode_exact(struct str, void *out, size_t n);
/* The standard alphabet with '=' padding, as HTTP Basic uses (RFC 7617). */
MUST_USE enum err base64_decode(struct arena *, struct str, struct str *ret);

#endif
