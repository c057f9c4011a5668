/* Any text that is written reads back; well-formed text unchanged. */
#include "lib/base/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = {(const char *)data, size};
	struct arena a = {0};
	struct json *doc = NULL;
	struct buf b;

	if (!json_parse(s, 65536, &doc, NULL))
		json_free(doc);
	buf_init(&b, &a, size * 6 + 64);
	json_open(&b, '{');
	json_member_str(&b, "s", s);
	json_close(&b, '}');
	if (!buf_ok(&b))
		abort();
	if (size && memchr(data, 0, size) == NULL) {
		if (json_parse(buf_str(&b), b.n, &doc, NULL))
			abort();
		if (str_is_utf8(s) && !str_eq(json_get_str(doc, "s"), s))
			abort();
		json_free(doc);
	}
	arena_free(&a);
	return 0;
}
