/* The shortest spelling means the same, and a second reader, which splits with
 * scanf and adds in floating point, agrees on what is a duration. */
#include "lib/base/duration.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static double
unit_ms(const char *unit)
{
	static const char *const names[] = {"d", "h", "m", "s", "ms"};
	static const double ms[] = {86400e3, 3600e3, 60e3, 1e3, 1};

	for (size_t i = 0; i < countof(names); i++)
		if (strcmp(unit, names[i]) == 0)
			return ms[i];
	return -1;
}

/* Negative if the text is no duration. */
static double
model(const char *text)
{
	double total = 0;

	if (strcmp(text, "0") == 0)
		return 0;
	do {
		char digits[400], fraction[400] = "", unit[16];
		int used = 0;
		double part;

		if (sscanf(text, "%399[0-9]%n", digits, &used) != 1)
			return -1;
		text += used;
		if (*text == '.' && sscanf(text, ".%399[0-9]%n", fraction, &used) != 1)
			return -1;
		text += *text == '.' ? used : 0;
		if (sscanf(text, "%15[a-z]%n", unit, &used) != 1 || unit_ms(unit) < 0 ||
			strlen(fraction) > 9)
			return -1;
		text += used;
		part = round(strtod(fraction, NULL) * unit_ms(unit)) /
		       pow(10, (double)strlen(fraction));
		if (part != floor(part))
			return -1;
		total += strtod(digits, NULL) * unit_ms(unit) + part;
	} while (*text);
	return total > 100.0 * 366 * 86400e3 ? -1 : total;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = {(const char *)data, size};
	struct arena a = {0};
	int64_t ms, again;
	bool ok = duration_parse_ms(s, &ms) == OK;

	if (ok && (ms < 0 || duration_parse_ms(duration_text(&a, ms), &again) || again != ms ||
			  duration_words(&a, ms).n == 0))
		abort();
	if (size && size < 300 && !str_has_char(s, '\0')) {
		double wanted = model(str_c(&a, s));

		if (ok != (wanted >= 0) || (ok && (double)ms != wanted))
			abort();
	}
	arena_free(&a);
	return 0;
}
