/* chunks_decode: wherever the bytes are cut, the same comes out; and what comes out of
 * a body, framed again, comes out of it again. */
#include "server/engine/chunks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In pieces of step bytes, as h2o does it: what is carried moves up to what came before. */
static ptrdiff_t
decode(const char *data, size_t size, size_t step, char *out, size_t *ret_size)
{
	struct chunks chunks = {0};
	ptrdiff_t result = CHUNKS_MORE;
	size_t at = 0, done = 0;

	while (at < size && result == CHUNKS_MORE) {
		size_t n = size - at < step ? size - at : step;

		memcpy(out + done, data + at, n);
		at += n;
		result = chunks_decode(&chunks, out + done, &n);
		done += n;
	}
	*ret_size = done;
	return result >= 0 ? result + (ptrdiff_t)(size - at) : result;
}

static void
check_round_trip(const char *body, size_t size)
{
	const char *end = size ? "\r\n0\r\n\r\n" : "\r\n";
	char *framed = malloc(size + 64), *again = malloc(size + 64);
	size_t n = (size_t)snprintf(framed, 64, "%zx\r\n", size), again_size;

	memcpy(framed + n, body, size);
	memcpy(framed + n + size, end, strlen(end));
	if (decode(framed, n + size + strlen(end), 3, again, &again_size) != 0 ||
		again_size != size || memcmp(again, body, size) != 0)
		abort();
	free(framed);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	char *whole = malloc(size + 1), *pieces = malloc(size + 1);
	size_t whole_size, pieces_size;
	ptrdiff_t result = decode(bytes, size, size, whole, &whole_size);
	size_t step = size ? 1 + data[size - 1] % 7 : 1;

	if (decode(bytes, size, step, pieces, &pieces_size) != result)
		abort();
	if (whole_size != pieces_size || memcmp(whole, pieces, whole_size) != 0)
		abort();
	if (result >= 0)
		check_round_trip(whole, whole_size);
	free(whole);
	free(pieces);
	return 0;
}
