/* Authorization: Basic: what is read is what was written, and only that. */
#include "lib/base/base64.h"
#include "lib/oauth/client.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The standard alphabet with padding, from the one we have. */
static void
add_base64(struct buf *out, struct str s)
{
	static const char *const padding[] = {"", "==", "="};
	size_t start = out->n;

	base64url_encode(out, s.p, s.n);
	for (size_t i = start; i < out->n; i++)
		out->p[i] = (char)(out->p[i] == '-' ? '+' : out->p[i] == '_' ? '/' : out->p[i]);
	buf_add_c(out, padding[s.n % 3]);
}

static struct str
written(struct arena *arena, struct str id, struct str secret)
{
	struct buf pair, header;

	buf_init(&pair, arena, 8192);
	percent_encode(&pair, id);
	buf_add_char(&pair, ':');
	percent_encode(&pair, secret);
	buf_init(&header, arena, 16384);
	buf_add_c(&header, "Basic ");
	add_base64(&header, buf_str(&pair));
	return buf_str(&header);
}

static void
expect(struct arena *arena, struct str header, struct str id, struct str secret)
{
	struct str got_id, got_secret;

	if (header.n > 1024) /* escaping may have made it longer than is read */
		return;
	if (client_read_basic(arena, header, &got_id, &got_secret) || !str_eq(got_id, id) ||
		!str_eq(got_secret, secret))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size}, id, secret;
	struct arena arena = {0};

	if (!client_read_basic(&arena, text, &id, &secret)) {
		if (!str_is_nocase(str_first(text, 6), "basic "))
			abort();
		expect(&arena, written(&arena, id, secret), id, secret);
	}
	/* Any pair of an id and a secret gets through, whatever its bytes. */
	id = str_first(text, size / 2);
	secret = str_from(text, size / 2);
	if (str_is_utf8(id) && str_is_utf8(secret))
		expect(&arena, written(&arena, id, secret), id, secret);
	arena_free(&arena);
	return 0;
}
