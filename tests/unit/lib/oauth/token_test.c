/* Access tokens: what they claim (RFC 9068), and that others can check them. */
#include "tests/support/oauth.h"

#include "lib/base/base64.h"
#include "lib/oauth/token.h"

#include <jansson.h>
#include <jwt.h>

/* The part of the token before dot number `at`, decoded. */
static json_t *
part(struct str token, int at)
{
	struct str piece, json;

	for (int i = 0; i <= at; i++)
		piece = str_cut(&token, '.');
	assert_ok(base64url_decode(&place.arena, piece, &json));
	return json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
}

static struct token
make(int64_t auth_ms)
{
	struct token_grant grant = {
		.client = &place.public,
		.family_id = id_of(9),
		.subject = id_text(&place.arena, place.user.id),
		.scope = STR("openid read"),
		.auth_ms = auth_ms,
		.ttl_s = 600,
	};
	struct token token;

	assert_ok(token_make(&cx, &grant, &token));
	return token;
}

static void
assert_member(const json_t *object, const char *name, const char *text)
{
	assert_string_equal(json_string_value(json_object_get(object, name)), text);
}

static void
test_claims_are_those_of_rfc_9068(void **state)
{
	struct token token;
	json_t *header, *claims;

	(void)state;
	cx.now_ms += 999;
	token = make(PLACE_NOW_MS - 5000);
	header = part(token.text, 0);
	claims = part(token.text, 1);
	assert_member(header, "typ", "at+jwt");
	assert_member(header, "alg", "ES256");
	assert_member(header, "kid", str_c(&place.arena, key_id(issuer->signer)));
	assert_int_equal(json_object_size(header), 3);
	assert_member(claims, "iss", "https://id.example");
	assert_member(claims, "aud", "https://id.example");
	assert_member(claims, "sub", str_c(&place.arena, id_text(&place.arena, place.user.id)));
	assert_member(
		claims, "client_id", str_c(&place.arena, id_text(&place.arena, place.public.id)));
	assert_member(claims, "scope", "openid read");
	assert_member(claims, "jti", str_c(&place.arena, id_text(&place.arena, token.row.id)));
	assert_int_equal(json_integer_value(json_object_get(claims, "iat")), PLACE_NOW_MS / 1000);
	assert_int_equal(
		json_integer_value(json_object_get(claims, "exp")), PLACE_NOW_MS / 1000 + 600);
	assert_int_equal(
		json_integer_value(json_object_get(claims, "auth_time")), PLACE_NOW_MS / 1000 - 5);
	json_decref(header);
	json_decref(claims);
}

static void
test_the_row_agrees_with_the_token(void **state)
{
	struct digest digest;
	struct token token;

	(void)state;
	cx.now_ms += 999;
	token = make(0);
	digest = sha256(token.text);
	assert_true(digest_eq(token.row.digest, digest));
	assert_int_equal(token.row.issued_ms, PLACE_NOW_MS);
	assert_int_equal(token.row.expires_ms, PLACE_NOW_MS + 600 * 1000);
	assert_int_equal(token.expires_in_s, 600);
	assert_true(id_eq(token.row.family_id, id_of(9)));
	assert_str(token.row.scope, "openid read");
	assert_false(id_eq(make(0).row.id, token.row.id));
}

static void
test_without_a_person_there_is_no_auth_time(void **state)
{
	json_t *claims;

	(void)state;
	claims = part(make(0).text, 1);
	assert_null(json_object_get(claims, "auth_time"));
	json_decref(claims);
}

static void
test_one_audience_is_a_string_and_several_are_an_array(void **state)
{
	json_t *claims, *aud;

	(void)state;
	config.jwt_audience = STR("https://api.example");
	claims = part(make(0).text, 1);
	assert_member(claims, "aud", "https://api.example");
	json_decref(claims);
	config.jwt_audience = STR("https://api.example https://b.example");
	claims = part(make(0).text, 1);
	aud = json_object_get(claims, "aud");
	assert_int_equal(json_array_size(aud), 2);
	assert_string_equal(json_string_value(json_array_get(aud, 1)), "https://b.example");
	json_decref(claims);
}

/* libjwt 1.10 refuses any typ but JWT, so the signature is checked over the
 * same claims under that typ. */
static void
test_another_library_accepts_the_claims(void **state)
{
	struct str secret = STR("a secret of the original, 32 bytes and more");
	struct str text, payload, piece;
	struct buf again;
	jwt_t *jwt = NULL;

	(void)state;
	issuer_free(issuer);
	config.jwt_secret = secret;
	assert_ok(issuer_open(&config, place.store, PLACE_NOW_MS, &issuer, &place.diag));
	cx.issuer = issuer;
	text = make(PLACE_NOW_MS).text;
	assert_int_not_equal(
		jwt_decode(&jwt, str_c(&place.arena, text), (const unsigned char *)"wrong", 5), 0);
	(void)str_cut(&text, '.');
	piece = str_cut(&text, '.');
	assert_ok(base64url_decode(&place.arena, piece, &payload));
	buf_init(&again, &place.arena, 8192);
	assert_ok(jws_sign(issuer->signer, "JWT", payload, &again));
	assert_int_equal(jwt_decode(&jwt, str_c(&place.arena, buf_str(&again)),
				 (const unsigned char *)secret.p, (int)secret.n),
		0);
	assert_int_equal(jwt_get_grant_int(jwt, "exp"), PLACE_NOW_MS / 1000 + 600);
	assert_string_equal(jwt_get_grant(jwt, "iss"), "https://id.example");
	jwt_free(jwt);
}

static void
test_hostile_text_cannot_add_claims(void **state)
{
	struct token_grant grant = {
		.client = &place.public,
		.subject = STR("x\",\"scope\":\"admin"),
		.scope = STR("read\",\"iss\":\"evil"),
		.ttl_s = 60,
	};
	struct token token;
	json_t *claims;

	(void)state;
	assert_ok(token_make(&cx, &grant, &token));
	claims = part(token.text, 1);
	assert_non_null(claims);
	assert_member(claims, "iss", "https://id.example");
	assert_member(claims, "sub", "x\",\"scope\":\"admin");
	assert_int_equal(json_object_size(claims), 8);
	json_decref(claims);
}

static void
test_claims_that_do_not_fit_are_an_error(void **state)
{
	struct token_grant grant = {.client = &place.public, .ttl_s = 60};
	char *big = arena_alloc(&place.arena, 9000);
	struct token token;

	(void)state;
	memset(big, 'a', 8999);
	grant.scope = str_of(big);
	assert_err(token_make(&cx, &grant, &token), ERR_TOO_LONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ISSUER(test_claims_are_those_of_rfc_9068),
		WITH_ISSUER(test_the_row_agrees_with_the_token),
		WITH_ISSUER(test_without_a_person_there_is_no_auth_time),
		WITH_ISSUER(test_one_audience_is_a_string_and_several_are_an_array),
		WITH_ISSUER(test_another_library_accepts_the_claims),
		WITH_ISSUER(test_hostile_text_cannot_add_claims),
		WITH_ISSUER(test_claims_that_do_not_fit_are_an_error),
	};

	return RUN(tests);
}
