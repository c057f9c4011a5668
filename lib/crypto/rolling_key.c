/* Deriving and choosing. */
#include "lib/crypto/rolling_key.h"

#include "lib/crypto/digest.h"

static void
add(struct rolling_key *k, struct str secret, const char *label)
{
	struct secret from = {0};

	secret_set(&from, secret.p, secret.n);
	derive_key(&from, label, &k->keys[k->count++]);
	secret_free(&from);
}

void
rolling_key_derive(
	struct rolling_key *ret, struct str secret, struct str previous, const char *label)
{
	ret->count = 0;
	add(ret, secret, label);
	if (previous.n)
		add(ret, previous, label);
}

const struct secret *
rolling_key_in_force(const struct rolling_key *k, bool is_previous)
{
	return &k->keys[is_previous && k->count == 2 ? 1 : 0];
}

void
rolling_key_free(struct rolling_key *k)
{
	for (size_t i = 0; i < k->count; i++)
		secret_free(&k->keys[i]);
	k->count = 0;
}
