/* PKCE: S256, exact forms, nothing else. */
#include "tests/support/check.h"

#include "lib/base/base64.h"
#include "lib/crypto/digest.h"
#include "lib/oauth/pkce.h"

/* RFC 7636 appendix B. */
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static void
test_the_pair_of_rfc_7636_matches(void **state)
{
	(void)state;
	assert_true(pkce_is_verifier(STR(VERIFIER)));
	assert_true(pkce_is_challenge(STR(CHALLENGE)));
	assert_true(pkce_matches(STR(VERIFIER), STR(CHALLENGE)));
}

static void
test_every_other_pair_does_not(void **state)
{
	char bent[sizeof VERIFIER] = VERIFIER;

	(void)state;
	for (size_t i = 0; i < sizeof VERIFIER - 1; i++) {
		char was = bent[i];

		bent[i] = was == 'x' ? 'y' : 'x';
		assert_false(pkce_matches((struct str){bent, sizeof bent - 1}, STR(CHALLENGE)));
		bent[i] = was;
	}
	/* "plain": the challenge itself is no verifier of it. */
	assert_false(pkce_matches(STR(CHALLENGE), STR(CHALLENGE)));
	assert_false(pkce_matches(STR(VERIFIER), STR_NONE));
	assert_false(pkce_matches(STR_NONE, STR_NONE));
	assert_false(pkce_matches(STR_NONE, STR(CHALLENGE)));
	assert_false(pkce_matches(STR(VERIFIER "\0"), STR(CHALLENGE)));
	assert_false(pkce_matches(STR(VERIFIER), STR(CHALLENGE "=")));
}

/* RFC 7636 section 7.1: a verifier that can be guessed is none. */
static void
test_a_short_verifier_does_not_match_its_own_challenge(void **state)
{
	struct arena arena = {0};
	struct digest digest = sha256(STR("short"));

	(void)state;
	assert_false(pkce_matches(STR("short"), base64url(&arena, digest.bytes, DIGEST_SIZE)));
	arena_free(&arena);
}

static void
test_forms_are_exact(void **state)
{
	char text[130];

	(void)state;
	memset(text, 'a', sizeof text);
	assert_false(pkce_is_verifier((struct str){text, 42}));
	assert_true(pkce_is_verifier((struct str){text, 43}));
	assert_true(pkce_is_verifier((struct str){text, 128}));
	assert_false(pkce_is_verifier((struct str){text, 129}));
	for (int c = 0; c < 256; c++) {
		bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			    (c >= 'A' && c <= 'Z') || (c && strchr("-._~", c));

		text[42] = (char)c;
		assert_int_equal(pkce_is_verifier((struct str){text, 43}), good);
	}
	assert_false(pkce_is_challenge(STR("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c")));
	assert_false(pkce_is_challenge(STR("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM")));
	/* Stray bits in the last character: a second spelling of the same digest. */
	assert_false(pkce_is_challenge(STR("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_pair_of_rfc_7636_matches),
		cmocka_unit_test(test_every_other_pair_does_not),
		cmocka_unit_test(test_a_short_verifier_does_not_match_its_own_challenge),
		cmocka_unit_test(test_forms_are_exact),
	};

	return crypto_init() ? 1 : RUN(tests);
}
