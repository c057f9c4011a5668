/* Randomness from getrandom(2): all of it or none. */
#include "lib/crypto/random.h"

#include <errno.h>
#include <sys/random.h>

enum err
random_bytes(void *out, size_t n)
{
	unsigned char *p = out;
	while (n) {
		ssize_t got = getrandom(p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERR_CRYPTO;
		p += got;
		n -= (size_t)got;
	}
	return OK;
}

enum err
random_below(uint32_t limit, uint32_t *ret)
{
	if (!limit)
		return ERR_CRYPTO;
	/* 2^32 mod limit: values below it would make small results likelier. */
	uint32_t biased = (0U - limit) % limit;
	uint32_t value;
	do {
		enum err e = random_bytes(&value, sizeof value);
		if (e)
			return e;
	} while (value < biased);
	*ret = value % limit;
	return OK;
}

enum err
id_new(int64_t now_ms, struct id *ret)
{
	uint8_t random[10];
	enum err e = random_bytes(random, sizeof random);
	if (e)
		return e;
	*ret = id_make(now_ms, random);
	return OK;
}
