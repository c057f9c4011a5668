#include "lib/base/base64.h"
#include "tests/support/check.h"

/* RFC 4648 section 10, padding left out for the URL alphabet. */
static const struct {
	const char *bytes;
	const char *url;
	const char *padded;
} vectors[] = {{"", "", ""}, {"f", "Zg", "Zg=="}, {"fo", "Zm8", "Zm8="}, {"foo", "Zm9v", "Zm9v"},
	{"foob", "Zm9vYg", "Zm9vYg=="}, {"fooba", "Zm9vYmE", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy", "Zm9vYmFy"}, {"\xfb\xff", "-_8", "+/8="}};

static void
test_vectors_of_rfc_4648(void **state)
{
	struct arena a = {0};
	struct str out;

	(void)state;
	for (size_t i = 0; i < countof(vectors); i++) {
		const char *bytes = vectors[i].bytes;

		assert_str(base64url(&a, bytes, strlen(bytes)), vectors[i].url);
		assert_ok(base64url_decode(&a, str_of(vectors[i].url), &out));
		assert_str(out, bytes);
		assert_ok(base64_decode(&a, str_of(vectors[i].padded), &out));
		assert_str(out, bytes);
	}
	arena_free(&a);
}

static void
test_every_length_survives_the_round_trip(void **state)
{
	struct arena a = {0};
	unsigned char bytes[70], exact[70];
	struct str back;

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 37 + 250);
	for (size_t n = 0; n <= sizeof bytes; n++) {
		struct str text = base64url(&a, bytes, n);

		assert_int_equal(text.n, BASE64URL_SIZE(n));
		assert_ok(base64url_decode(&a, text, &back));
		assert_int_equal(back.n, n);
		assert_memory_equal(back.p, bytes, n);
		assert_ok(base64url_decode_exact(text, exact, n));
		assert_memory_equal(exact, bytes, n);
	}
	arena_free(&a);
}

static void
test_decoding_is_strict(void **state)
{
	static const char *const bad[] = {"A", "Zg==", "Zg=", "Zh", "Zm9", "Zg ", " Zg", "Zg\n",
		"Z+8A", "Z/8A", "Zm8.", "Zm9vA", "\xc3\xa9\xc3\xa9"};
	struct arena a = {0};
	struct str out = STR("kept");

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(base64url_decode(&a, str_of(bad[i]), &out), ERR_MALFORMED);
	assert_err(base64url_decode(&a, STR("Zm\0v"), &out), ERR_MALFORMED);
	assert_str(out, "kept");
	arena_free(&a);
}

static void
test_padding_is_exact_in_the_standard_alphabet(void **state)
{
	static const char *const bad[] = {"Zg", "Zg=", "Zg=a", "Z===", "====", "=",
		"==", "Zm9v====", "Zh==", "Zm9=", "Zg==Zg==", "Z-8=", "Z_8=", "Zg==\n"};
	struct arena a = {0};
	struct str out;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(base64_decode(&a, str_of(bad[i]), &out), ERR_MALFORMED);
	arena_free(&a);
}

static void
test_exact_decoding_demands_the_length(void **state)
{
	unsigned char out[4] = {0};

	(void)state;
	assert_ok(base64url_decode_exact(STR("Zm9v"), out, 3));
	assert_err(base64url_decode_exact(STR("Zm9v"), out, 2), ERR_MALFORMED);
	assert_err(base64url_decode_exact(STR("Zm9v"), out, 4), ERR_MALFORMED);
	assert_err(base64url_decode_exact(STR_NONE, out, 1), ERR_MALFORMED);
	assert_ok(base64url_decode_exact(STR_NONE, out, 0));
	assert_int_equal(out[3], 0);
}

static void
test_encoding_respects_the_maximum_of_the_buffer(void **state)
{
	struct arena a = {0};
	struct buf b;

	(void)state;
	buf_init(&b, &a, 4);
	base64url_encode(&b, "foo", 3);
	assert_true(buf_ok(&b));
	base64url_encode(&b, "f", 1);
	assert_false(buf_ok(&b));
	assert_str(buf_str(&b), "Zm9v");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors_of_rfc_4648),
		cmocka_unit_test(test_every_length_survives_the_round_trip),
		cmocka_unit_test(test_decoding_is_strict),
		cmocka_unit_test(test_padding_is_exact_in_the_standard_alphabet),
		cmocka_unit_test(test_exact_decoding_demands_the_length),
		cmocka_unit_test(test_encoding_respects_the_maximum_of_the_buffer),
	};

	return RUN(tests);
}
