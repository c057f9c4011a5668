/*
 * Randomness from the operating system (getrandom).  A failure ends the
 * operation with ERR_CRYPTO: nothing is ever issued with less.
 */
#ifndef LIB_CRYPTO_RANDOM_H
#define LIB_CRYPTO_RANDOM_H

#include "lib/base/id.h"

MUST_USE enum err random_bytes(void *out, size_t n);
/* Uniform in [0, limit), without modulo bias. */
MUST_USE enum err random_below(uint32_t limit, uint32_t *ret);
/* A new UUIDv7 for this instant. */
MUST_USE enum err id_new(int64_t now_ms, struct id *ret);

#endif
