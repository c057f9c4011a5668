/*
 * struct secret: key material.  Wiped when freed, compared in constant time,
 * and a type of its own: no log field, JSON writer or template takes one, so
 * printing a secret does not compile.
 */
#ifndef LIB_BASE_SECRET_H
#define LIB_BASE_SECRET_H

#include "lib/base/str.h"

struct secret {
	unsigned char *p;
	size_t n;
};

/* Takes a copy; what was held before is wiped. */
void secret_set(struct secret *, const void *bytes, size_t n);
/* Wipes and frees; the secret is empty afterwards. */
void secret_free(struct secret *);
/* Overwrites memory in a way the compiler may not remove. */
void wipe(void *, size_t n);
/* Equality whose time depends on the lengths only. */
bool equal_in_constant_time(const void *, const void *, size_t n);

#endif
