/*
 * Tokens: no text verifies that was not signed, a signed one only unchanged.
 * The first byte chooses what the rest is: a token, a payload to sign, a change
 * to a good token, or the header of a token with a good signature by our HMAC
 * key, which must still obey the rules of the header.
 */
#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/key.h"

#include <stdlib.h>

enum { TOKEN_MAX = 16 * 1024, SECRET_SIZE = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char hmac_secret[SECRET_SIZE + 1] = "a secret that is in no seed file";
static struct key *keys[KEY_ALG_COUNT];
static const struct keyset set = {keys, KEY_ALG_COUNT};

static void
make_keys(void)
{
	struct secret secret = {0};

	if (keys[0])
		return;
	for (int i = 0; i < KEY_HS256; i++)
		if (key_generate((enum key_alg)i, &keys[i]))
			abort();
	secret_set(&secret, hmac_secret, SECRET_SIZE);
	if (key_from_secret(&secret, &keys[KEY_HS256]))
		abort();
	key_set_id(keys[KEY_HS256], STR("h"));
	secret_free(&secret);
}

static struct str
sign(struct arena *arena, const struct key *key, struct str payload)
{
	struct buf token;

	buf_init(&token, arena, TOKEN_MAX);
	return jws_sign(key, "at+jwt", payload, &token) ? STR_NONE : buf_str(&token);
}

static void
check_payload(struct arena *arena, const struct key *key, struct str payload)
{
	struct str token = sign(arena, key, payload), got;

	if (!token.n || !payload.n)
		return;
	if (jws_verify(arena, &set, "at+jwt", token, &got) || !str_eq(got, payload))
		abort();
	if (!jws_verify(arena, &set, "JWT", token, &got))
		abort();
}

static void
check_change(struct arena *arena, const struct key *key, const uint8_t *data, size_t size)
{
	struct str token = sign(arena, key, STR("{\"sub\":\"mia\"}")), got;
	char *bent = arena_copy(arena, token.p, token.n);
	bool changed = false;

	for (; size >= 3; data += 3, size -= 3) {
		size_t at = ((size_t)data[0] << 8 | data[1]) % token.n;

		bent[at] = (char)(bent[at] ^ data[2]);
	}
	for (size_t i = 0; i < token.n; i++)
		changed |= bent[i] != token.p[i];
	if (changed == !jws_verify(arena, &set, "at+jwt", (struct str){bent, token.n}, &got))
		abort();
}

/* A header of the input's own with a signature that is good. */
static void
check_header(struct arena *arena, struct str text)
{
	struct secret secret = {0};
	struct json *header;
	struct digest mac;
	struct buf token;
	struct str got;

	buf_init(&token, arena, (size_t)2 * TOKEN_MAX);
	base64url_encode(&token, text.p, text.n);
	buf_add_c(&token, ".e30");
	secret_set(&secret, hmac_secret, SECRET_SIZE);
	mac = hmac_sha256(&secret, buf_str(&token));
	secret_free(&secret);
	buf_add_char(&token, '.');
	base64url_encode(&token, mac.bytes, DIGEST_SIZE);
	if (!buf_ok(&token) || jws_verify(arena, &set, "at+jwt", buf_str(&token), &got))
		return;
	if (json_parse(text, 1024, &header, NULL))
		abort();
	if (!str_is(json_get_str(header, "alg"), "HS256") ||
		!str_is(json_get_str(header, "kid"), "h") || json_has(header, "crit") ||
		json_has(header, "b64"))
		abort();
	json_free(header);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct str rest, got;

	make_keys();
	if (!size)
		return 0;
	rest = (struct str){(const char *)data + 1, size - 1};
	switch (data[0] & 3) {
	case 0:
		if (!jws_verify(&arena, &set, "at+jwt", rest, &got))
			abort();
		break;
	case 1: check_payload(&arena, keys[(data[0] >> 2) % KEY_ALG_COUNT], rest); break;
	case 2:
		check_change(&arena, keys[(data[0] >> 2) % KEY_ALG_COUNT], data + 1, size - 1);
		break;
	default: check_header(&arena, rest); break;
	}
	arena_free(&arena);
	return 0;
}
