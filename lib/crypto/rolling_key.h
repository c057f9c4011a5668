/*
 * A key that follows from a secret, and from the one before while that is known.
 *
 * Several servers take a new secret one after the other.  Until the last has it,
 * what is made with a key must be known to those that do not have it yet: the key
 * of the secret before is in force, and both are accepted.
 */
#ifndef LIB_CRYPTO_ROLLING_KEY_H
#define LIB_CRYPTO_ROLLING_KEY_H

#include "lib/base/secret.h"
#include "lib/base/str.h"

#include <stddef.h>

struct rolling_key {
	struct secret keys[2]; /* of the secret, and of the one before */
	size_t count;
};

/* `previous` is empty if there is none; `label` keeps keys for different uses apart. */
void rolling_key_derive(
	struct rolling_key *, struct str secret, struct str previous, const char *label);
const struct secret *rolling_key_in_force(const struct rolling_key *, bool is_previous);
void rolling_key_free(struct rolling_key *);

#endif
