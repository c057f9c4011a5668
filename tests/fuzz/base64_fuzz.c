/* Every value has one spelling, and a second decoder, which decodes anything
 * and then asks whether encoding gives the same text, agrees on all of them. */
#include "lib/base/base64.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Sets or reads bit i, the most significant of a byte first. */
static unsigned
bit(const unsigned char *p, size_t i)
{
	return p[i / 8] >> (7 - i % 8) & 1u;
}

/* Encodes bit by bit; '=' to a multiple of four if padded. */
static struct str
model_encode(
	struct arena *a, const char *alphabet, bool padded, const unsigned char *p, size_t bytes)
{
	char *text = arena_alloc(a, bytes * 2 + 8);
	size_t n = 0;

	for (size_t i = 0; i < bytes * 8; i += 6) {
		unsigned value = 0;

		for (size_t j = i; j < i + 6; j++)
			value = value << 1 | (j < bytes * 8 ? bit(p, j) : 0);
		text[n++] = alphabet[value];
	}
	while (padded && n % 4)
		text[n++] = '=';
	return (struct str){text, n};
}

static bool
model_decode(struct arena *a, const char *alphabet, bool padded, struct str s, struct str *ret)
{
	unsigned char *out = arena_alloc(a, s.n + 1);
	size_t bits = 0;

	for (size_t i = 0; i < s.n && s.p[i] != '='; i++) {
		const char *at = s.p[i] ? strchr(alphabet, s.p[i]) : NULL;

		if (!at)
			return false;
		for (int b = 5; b >= 0; b--, bits++)
			if ((at - alphabet) >> b & 1)
				out[bits / 8] |= (unsigned char)(0x80u >> bits % 8);
	}
	*ret = (struct str){(char *)out, bits / 8};
	return str_eq(model_encode(a, alphabet, padded, out, bits / 8), s);
}

static void
check(bool ours, struct str got, bool model, struct str wanted)
{
	if (ours != model || (ours && !str_eq(got, wanted)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = {(const char *)data, size}, got = STR_NONE, wanted = STR_NONE;
	struct arena a = {0};
	unsigned char exact[16];
	bool ok;

	ok = base64url_decode(&a, s, &got) == OK;
	check(ok, got, model_decode(&a, url, false, s, &wanted), wanted);
	if (ok != (base64url_decode_exact(s, exact, sizeof exact) == OK) && size == 22)
		abort();
	ok = base64_decode(&a, s, &got) == OK;
	check(ok, got, model_decode(&a, standard, true, s, &wanted), wanted);
	got = base64url(&a, data, size);
	if (!str_eq(got, model_encode(&a, url, false, data, size)) || got.n != BASE64URL_SIZE(size))
		abort();
	arena_free(&a);
	return 0;
}
