/* The escapers: no byte that could end a text or a value, well-formed UTF-8,
 * bounded growth, and runs of harmless bytes unchanged. */
#include "server/pages/html.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool property)
{
	if (!property)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = {(const char *)data, size};
	struct arena arena = {0};
	struct buf text, url;

	buf_init(&text, &arena, size * 5);
	buf_init(&url, &arena, size * 3);
	html_text(&text, in);
	html_url(&url, in);
	require(buf_ok(&text) && buf_ok(&url));
	for (size_t i = 0; i < text.n; i++)
		require(text.p[i] && !strchr("<>\"'", text.p[i]));
	require(str_is_utf8(buf_str(&text)));
	for (size_t i = 0; i < url.n; i++)
		require(url.p[i] && !strchr("<>\"'/\\:?#& ", url.p[i]));
	if (str_is_printable(in) && !memchr(data, '&', size) && text.n == size)
		require(str_eq(buf_str(&text), in));
	arena_free(&arena);
	return 0;
}
