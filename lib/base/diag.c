/* Formats diagnostics. */
#include "lib/base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum err
diag_set(struct diag *d, enum err e, const char *format, ...)
{
	va_list args;

	if (d) {
		va_start(args, format);
		(void)vsnprintf(d->text, sizeof d->text, format, args);
		va_end(args);
	}
	return e;
}

enum err
diag_at(struct diag *d, enum err e, const char *file, unsigned line, const char *format, ...)
{
	va_list args;
	size_t used;

	if (!d)
		return e;
	if (line)
		(void)snprintf(d->text, sizeof d->text, "%s:%u: ", file, line);
	else
		(void)snprintf(d->text, sizeof d->text, "%s: ", file);
	used = strlen(d->text);
	va_start(args, format);
	(void)vsnprintf(d->text + used, sizeof d->text - used, format, args);
	va_end(args);
	return e;
}
