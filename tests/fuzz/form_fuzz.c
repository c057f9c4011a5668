/* What is decoded, encoded and decoded again is the same. */
#include "lib/base/form.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct form f, again;
	struct diag d;
	struct buf b;

	if (!form_parse(&a, (struct str){(const char *)data, size}, &f, &d)) {
		buf_init(&b, &a, size * 3 + 4 * FORM_MAX);
		for (size_t i = 0; i < f.count; i++)
			form_add(&b, str_c(&a, f.fields[i].name), f.fields[i].value);
		if (!buf_ok(&b) || form_parse(&a, buf_str(&b), &again, &d) ||
			again.count != f.count)
			abort();
		for (size_t i = 0; i < f.count; i++)
			if (!str_eq(f.fields[i].value, again.fields[i].value) ||
				!str_is_utf8(f.fields[i].value))
				abort();
	}
	arena_free(&a);
	return 0;
}
