/* Key material on the heap. */
#include "lib/base/secret.h"

#include <stdlib.h>
#include <string.h>

void
wipe(void *p, size_t n)
{
	if (p)
		explicit_bzero(p, n);
}

void
secret_set(struct secret *s, const void *bytes, size_t n)
{
	unsigned char *copy = xcalloc(1, n);

	if (n)
		memcpy(copy, bytes, n);
	secret_free(s);
	s->p = copy;
	s->n = n;
}

void
secret_free(struct secret *s)
{
	wipe(s->p, s->n);
	free(s->p);
	*s = (struct secret){0};
}

bool
equal_in_constant_time(const void *a, const void *b, size_t n)
{
	const volatile unsigned char *x = a, *y = b;
	unsigned char difference = 0;

	for (size_t i = 0; i < n; i++)
		difference |= x[i] ^ y[i];
	return difference == 0;
}
