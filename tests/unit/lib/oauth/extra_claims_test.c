/* What callers may have said in their access tokens, and where it stays. */
#include "tests/support/oauth.h"

#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/oauth/extra_claims.h"
#include "lib/oauth/token.h"

static enum err
read_claims(const char *text, struct str *ret)
{
	cx.problem = STR_NONE;
	config.extra_claims_enabled = true;
	return extra_claims_read(&cx, &place.confidential, str_of(text), ret);
}

static void
test_an_object_is_accepted_and_compacted(void **state)
{
	struct str text;

	(void)state;
	assert_ok(read_claims(" {\"trace\" : \"a\\u0031\", \"n\": [1, {\"sub\": null}]} ", &text));
	assert_str(text, "{\"trace\":\"a1\",\"n\":[1,{\"sub\":null}]}");
}

static void
test_nothing_is_nothing(void **state)
{
	static const char *const rows[] = {"", " ", "null", "{}", " { } "};
	struct str text;

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		assert_ok(read_claims(rows[i], &text));
		assert_str(text, "");
	}
	config.extra_claims_enabled = false;
	assert_ok(extra_claims_read(&cx, &place.public, STR_NONE, &text));
}

static void
test_off_means_refused(void **state)
{
	struct str text;

	(void)state;
	config.extra_claims_enabled = false;
	assert_err(extra_claims_read(&cx, &place.confidential, STR("{\"a\":1}"), &text),
		ERR_INVALID_REQUEST);
	assert_true(str_starts(cx.problem, STR("extra_claims: ")));
}

static void
test_clients_without_a_secret_are_refused(void **state)
{
	struct str text;

	(void)state;
	config.extra_claims_enabled = true;
	assert_err(extra_claims_read(&cx, &place.public, STR("{\"a\":1}"), &text),
		ERR_INVALID_REQUEST);
}

static void
test_what_is_refused(void **state)
{
	static const char *const rows[] = {"[]", "\"x\"", "1", "{", "{}{}", "{\"a\":1}x",
		"{\"a\":1,\"a\":2}", "{\"\":1}", "{\"a b\":1}", "{\"a\\u0000\":1}", "{\"a\\n\":1}",
		"{\"\xc3\xa9\":1}", "{\"sub\":\"x\"}", "{\"SUB\":\"x\"}", "{\"roles\":[\"admin\"]}",
		"{\"email\":\"a@b\"}", "{\"cnf\":{}}", "{\"scp\":1}", "{\"act\":{}}", "{\"sid\":1}",
		"{\"events\":{}}", "{\"token_use\":1}", "{\"authorization_details\":[]}",
		"{\"entitlements\":[]}", "{\"project\":1}", "{\"extra_claims\":{}}",
		"{\"ok\":1,\"jti\":\"x\"}", "{\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}"};
	struct str text;

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		assert_err(read_claims(rows[i], &text), ERR_INVALID_REQUEST);
		assert_true(str_starts(cx.problem, STR("extra_claims: ")));
		assert_str(text, "");
	}
}

static void
test_limits_are_those_of_the_configuration(void **state)
{
	struct str text;

	(void)state;
	config.extra_claims_max_keys = 2;
	config.extra_claims_max_val_size = 5;
	config.extra_claims_max_raw_size = 24;
	assert_ok(read_claims("{\"a\":\"123\",\"b\":[1,2]}", &text));
	assert_err(read_claims("{\"a\":\"1234\"}", &text), ERR_INVALID_REQUEST);
	assert_err(read_claims("{\"a\":1,\"b\":1,\"c\":1}", &text), ERR_INVALID_REQUEST);
	assert_err(read_claims("{\"a\":1              }   x", &text), ERR_INVALID_REQUEST);
	assert_err(read_claims("{\"a\":              12345}", &text), ERR_INVALID_REQUEST);
}

static struct str
payload_with(struct str extra)
{
	struct token_grant grant = {
		.client = &place.confidential,
		.family_id = id_of(9),
		.subject = STR("somebody"),
		.scope = STR("read"),
		.extra_claims = extra,
		.ttl_s = 60,
	};
	struct token token;
	struct str payload;

	assert_ok(token_make(&cx, &grant, &token));
	(void)str_cut(&token.text, '.');
	assert_ok(base64url_decode(&place.arena, str_cut(&token.text, '.'), &payload));
	return payload;
}

static void
test_claims_stay_in_an_object_of_their_own(void **state)
{
	struct str text, payload;
	struct json *doc;

	(void)state;
	assert_ok(read_claims("{\"trace\":\"a\",\"deep\":{\"sub\":\"root\"}}", &text));
	payload = payload_with(text);
	assert_ok(json_parse(payload, 8192, &doc, &place.diag));
	assert_int_equal(json_kind(doc, "extra_claims"), JSON_IS_OBJECT);
	assert_int_equal(json_kind(doc, "trace"), JSON_IS_ABSENT);
	assert_str(json_get_str(doc, "sub"), "somebody");
	json_free(doc);
	/* lib/oauth/bearer.c finds a token by what its payload ends in. */
	assert_non_null(memmem(payload.p, payload.n, "},\"jti\":\"", 9));
	payload = payload_with(STR_NONE);
	assert_null(memmem(payload.p, payload.n, "extra_claims", 12));
}

/* ---- jitter ---- */

static void
test_jitter_lengthens_ordinary_lifetimes_only(void **state)
{
	int64_t ttl_s, least = INT64_MAX, most = 0;

	(void)state;
	config.access_ttl_jitter_s = 300;
	config.short_access_ttl_s = 60;
	for (int i = 0; i < 200; i++) {
		assert_ok(token_spread_ttl_s(&config, &place.public, &ttl_s));
		least = ttl_s < least ? ttl_s : least;
		most = ttl_s > most ? ttl_s : most;
	}
	assert_in_range(least, 600, 650);
	assert_in_range(most, 850, 899);
	place.public.token_profile = STR("short");
	assert_ok(token_spread_ttl_s(&config, &place.public, &ttl_s));
	assert_int_equal(ttl_s, 60);
}

static void
test_jitter_never_passes_the_cap(void **state)
{
	int64_t ttl_s;

	(void)state;
	config.access_ttl_jitter_s = 300;
	config.access_ttl_max_s = 600;
	for (int i = 0; i < 20; i++) {
		assert_ok(token_spread_ttl_s(&config, &place.public, &ttl_s));
		assert_int_equal(ttl_s, 600);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ISSUER(test_an_object_is_accepted_and_compacted),
		WITH_ISSUER(test_nothing_is_nothing),
		WITH_ISSUER(test_off_means_refused),
		WITH_ISSUER(test_clients_without_a_secret_are_refused),
		WITH_ISSUER(test_what_is_refused),
		WITH_ISSUER(test_limits_are_those_of_the_configuration),
		WITH_ISSUER(test_claims_stay_in_an_object_of_their_own),
		WITH_ISSUER(test_jitter_lengthens_ordinary_lifetimes_only),
		WITH_ISSUER(test_jitter_never_passes_the_cap),
	};

	return RUN(tests);
}
