/* One encoder, one strict decoder, two alphabets. */
#include "lib/base/base64.h"

static const char url_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void
encode(char *out, const unsigned char *in, size_t n)
{
	size_t i = 0;
	uint32_t v;

	for (; i + 3 <= n; i += 3) {
		v = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];
		*out++ = url_alphabet[v >> 18];
		*out++ = url_alphabet[v >> 12 & 63];
		*out++ = url_alphabet[v >> 6 & 63];
		*out++ = url_alphabet[v & 63];
	}
	if (i == n)
		return;
	v = (uint32_t)in[i] << 16 | (i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0);
	*out++ = url_alphabet[v >> 18];
	*out++ = url_alphabet[v >> 12 & 63];
	if (i + 1 < n)
		*out = url_alphabet[v >> 6 & 63];
}

void
base64url_encode(struct buf *b, const void *bytes, size_t n)
{
	char *room = buf_reserve(b, BASE64URL_SIZE(n));

	if (!room)
		return;
	encode(room, bytes, n);
	buf_grew(b, BASE64URL_SIZE(n));
}

struct str
base64url(struct arena *a, const void *bytes, size_t n)
{
	char *text = arena_alloc(a, BASE64URL_SIZE(n) + 1);

	encode(text, bytes, n);
	return (struct str){text, BASE64URL_SIZE(n)};
}

/* The value of a character, -1 for a foreign one; `last` are the characters of
 * 62 and 63, in which the alphabets differ. */
static int
value_of(char c, const char last[2])
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == last[0])
		return 62;
	return c == last[1] ? 63 : -1;
}

/* Writes s.n * 6 / 8 bytes.  Left-over bits must be zero, so that every value
 * has one spelling. */
static enum err
decode(struct str s, const char last[2], unsigned char *out)
{
	uint32_t bits = 0;
	unsigned have = 0;

	if (s.n % 4 == 1)
		return ERR_MALFORMED;
	for (size_t i = 0; i < s.n; i++) {
		int value = value_of(s.p[i], last);

		if (value < 0)
			return ERR_MALFORMED;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			*out++ = (unsigned char)(bits >> have);
			bits &= (1u << have) - 1;
		}
	}
	return bits ? ERR_MALFORMED : OK;
}

static size_t
decoded_size(size_t n)
{
	return n / 4 * 3 + n % 4 * 3 / 4;
}

static enum err
decode_into(struct arena *a, struct str s, const char last[2], struct str *ret)
{
	size_t n = decoded_size(s.n);
	char *out = arena_alloc(a, n + 1);
	enum err e = decode(s, last, (unsigned char *)out);

	if (e)
		return e;
	*ret = (struct str){out, n};
	return OK;
}

enum err
base64url_decode(struct arena *a, struct str s, struct str *ret)
{
	return decode_into(a, s, "-_", ret);
}

enum err
base64url_decode_exact(struct str s, void *out, size_t n)
{
	if (s.n != BASE64URL_SIZE(n))
		return ERR_MALFORMED;
	return decode(s, "-_", out);
}

enum err
base64_decode(struct arena *a, struct str s, struct str *ret)
{
	if (s.n % 4)
		return ERR_MALFORMED;
	for (int padding = 0; padding < 2 && s.n && s.p[s.n - 1] == '='; padding++)
		s.n--;
	return decode_into(a, s, "+/", ret);
}
