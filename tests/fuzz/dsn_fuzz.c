/* Whatever stands between the user and the last @ of a URL is not shown, nor is what
 * follows password= or stands in front of an @ in something torn. */
#include "lib/config/dsn.h"

#include <stdlib.h>
#include <string.h>

enum { TELLING = 3, MOST = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
hides(struct arena *a, const char *before, struct str secret, const char *behind)
{
	struct str shown;

	/* Not a word of the DSN itself. */
	secret = str_printf(a, "~%.*s", STR_ARG(secret));
	shown = dsn_masked(a, str_printf(a, "%s%.*s%s", before, STR_ARG(secret), behind));
	if (shown.n && memmem(shown.p, shown.n, secret.p, secret.n))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = {(const char *)data, size};
	struct arena a = {0};

	if (size > MOST || memchr(data, '\0', size))
		return 0;
	(void)dsn_masked(&a, s);
	(void)dsn_is_postgres(s);
	(void)dsn_is_file(s);
	(void)dsn_for_libpq(&a, s);
	if (size >= TELLING) {
		hides(&a, "postgres://u:", s, "@h/x");
		hides(&a, "postgres:/u:", s, "@h/x");
		hides(&a, "host=h password=", s, "");
	}
	arena_free(&a);
	return 0;
}
