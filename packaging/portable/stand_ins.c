/*
 * In the place of what Debian's archives ask for beyond the C library of 2021.
 *
 * SQLite has functions for SQL that need the library of mathematics.  No statement of this program
 * calls one; with these in their place the program needs the C library alone.
 */
#include <stdlib.h>
#include <sys/random.h>

#define NEVER(name) \
	double name(double); \
	double name(double x) \
	{ \
		(void)x; \
		__builtin_trap(); \
	}
#define NEVER_OF_TWO(name) \
	double name(double, double); \
	double name(double x, double y) \
	{ \
		(void)x, (void)y; \
		__builtin_trap(); \
	}

NEVER(acos)
NEVER(acosh)
NEVER(asin)
NEVER(asinh)
NEVER(atan)
NEVER(atanh)
NEVER(cos)
NEVER(cosh)
NEVER(exp)
NEVER(log)
NEVER(log10)
NEVER(log2)
NEVER(sin)
NEVER(sinh)
NEVER(sqrt)
NEVER(tan)
NEVER(tanh)
NEVER(trunc)
NEVER(ceil)
NEVER(floor)
NEVER_OF_TWO(atan2)
NEVER_OF_TWO(fmod)
NEVER_OF_TWO(pow)

/* libcrypt draws its salts with it; the C library has it since 2022. */
void arc4random_buf(void *, size_t);
void
arc4random_buf(void *to, size_t n)
{
	char *at = to;

	while (n > 0) {
		size_t some = n < 256 ? n : 256; /* which getrandom(2) gives as a whole */

		if (getrandom(at, some, 0) != (ssize_t)some)
			abort();
		at += some;
		n -= some;
	}
}
