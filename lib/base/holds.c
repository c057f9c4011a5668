/* The last words of a process. */
#include "lib/base/holds.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 512 };

/* By write(2): nothing of ours is trusted any more. */
void
holds_not(const char *condition, const char *file, int line, const char *function)
{
	char text[LINE_MAX_BYTES];
	int n = snprintf(text, sizeof text,
		"authgate: %s:%d: %s: this does not hold: %s; the process ends, so that nothing "
		"wrong is stored. Please report this line.\n",
		file, line, function, condition);

	if (n > 0)
		(void)!write(
			STDERR_FILENO, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
	abort();
}
