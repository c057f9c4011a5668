/* What people allowed goes on; what is dead, damaged or nobody's stays behind. */
#include "tests/support/moving.h"

#define HASH "'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'"

static int
make_people(void **state)
{
	if (make_original(state))
		return -1;
	in_the_original("INSERT INTO users (id, username) VALUES (" MIA ", 'mia');"
			"INSERT INTO oauth_applications (client_id) VALUES (" TV ")");
	return 0;
}

static void
add_token(const char *columns, const char *values)
{
	in_the_original(arena_printf(&place.arena,
		"INSERT INTO access_tokens (id, %s) VALUES ('t1', %s)", columns, values));
}

static void
assert_left_out(const char *why)
{
	move_in();
	assert_imported(FROM_GO_REFRESH_TOKENS, 0, 1);
	assert_holds("count(*) = 0 FROM refresh_tokens");
	assert_holds("count(*) = 0 FROM families");
	assert_told(why);
}

static void
test_a_living_token_gets_a_family_of_its_own(void **state)
{
	(void)state;
	add_token("token_hash, authorization_id", HASH ", 7");
	move_in();
	assert_imported(FROM_GO_REFRESH_TOKENS, 1, 1);
	assert_holds("lower(hex(t.imported_digest)) = " HASH " AND t.used_ms IS NULL"
		     " AND t.issued_ms = 1698796800000 AND t.expires_ms = 1701388800000"
		     " AND t.scope = 'email'"
		     " AND f.scope = 'email' AND f.kind = 'code'"
		     " AND hex(f.user_id) LIKE '1111%' AND hex(f.client_id) LIKE '2222%'"
		     " AND f.created_ms = t.issued_ms AND f.revoked_ms IS NULL"
		     " FROM refresh_tokens t JOIN families f ON f.id = t.family_id");
}

static void
test_a_token_of_no_authorization_is_a_devices(void **state)
{
	(void)state;
	add_token("token_hash", HASH);
	move_in();
	assert_holds("kind = 'device' FROM families");
}

static void
test_a_token_does_not_outlive_its_family(void **state)
{
	(void)state;
	moving.config.refresh_family_ttl_s = 60;
	add_token("token_hash, created_at", HASH ", '2999-01-01 00:00:00Z'");
	move_in();
	assert_int_equal(
		place_count("SELECT expires_ms FROM refresh_tokens"), PLACE_NOW_MS + 60000);
	assert_int_equal(place_count("SELECT expires_ms FROM families"), PLACE_NOW_MS + 60000);
	/* Nor was it issued in the future. */
	assert_int_equal(place_count("SELECT issued_ms FROM refresh_tokens"), PLACE_NOW_MS);
}

/* B30 */
static void
test_what_was_revoked_stays_behind(void **state)
{
	(void)state;
	add_token("token_hash, status", HASH ", 'revoked'");
	assert_left_out("refresh_tokens: t1: left out: revoked or disabled");
}

static void
test_what_has_expired_or_never_says_when_stays_behind(void **state)
{
	(void)state;
	add_token("token_hash, expires_at", HASH ", '2023-11-14 22:13:20Z'");
	add_token("token_hash, expires_at", "'other', 'tomorrow'");
	move_in();
	assert_imported(FROM_GO_REFRESH_TOKENS, 0, 2);
	assert_null(strstr(moving.said, "hexadecimal"));
	assert_told("left out: expired");
}

static void
test_a_damaged_hash_matches_nothing(void **state)
{
	static const char *const hashes[] = {
		"''", "'0011'", "upper(" HASH ")", "substr(" HASH ", 2) || 'g'", HASH " || '0'"};

	(void)state;
	for (size_t i = 0; i < countof(hashes); i++)
		add_token("token_hash", hashes[i]);
	move_in();
	assert_imported(FROM_GO_REFRESH_TOKENS, 0, (int)countof(hashes));
	assert_told("left out: its hash is not 64 hexadecimal digits");
}

static void
test_nobodys_token_stays_behind(void **state)
{
	(void)state;
	add_token("token_hash, user_id", HASH ", " TV);
	assert_left_out("left out: its user or client is not here");
}

static void
test_a_client_that_cannot_refresh_gets_no_refresh_token(void **state)
{
	(void)state;
	in_the_original("UPDATE oauth_applications SET client_type = 'confidential',"
			" enable_device_flow = 0, enable_client_credentials_flow = 1");
	add_token("token_hash", HASH);
	assert_left_out("left out: its client cannot refresh");
}

static void
test_scopes_that_are_none_stay_behind(void **state)
{
	(void)state;
	add_token("token_hash, scopes", HASH ", 'a\"b'");
	in_the_original("INSERT INTO user_authorizations (uuid, scopes) VALUES ('c1', '')");
	assert_left_out("refresh_tokens: t1: left out: its scopes are malformed");
	assert_told("consents: c1: left out: its scopes are malformed");
}

static void
test_consents_come_along_unless_taken_back(void **state)
{
	(void)state;
	in_the_original("INSERT INTO user_authorizations (uuid) VALUES ('c1');"
			"INSERT INTO user_authorizations (uuid, is_active) VALUES ('c2', 0);"
			"INSERT INTO user_authorizations (uuid, revoked_at) VALUES ('c3', 'x');"
			"INSERT INTO user_authorizations (uuid, client_id) VALUES ('c4', 'x')");
	move_in();
	assert_imported(FROM_GO_CONSENTS, 1, 4);
	assert_holds("scope = 'email' AND granted_ms = 1672628645000 FROM consents");
	assert_told("consents: c2: left out: it was taken back");
	assert_told("consents: c3: left out: it was taken back");
	assert_told("consents: c4: left out: its user or client is not here");
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_people, remove_original)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_a_living_token_gets_a_family_of_its_own),
		ON(test_a_token_of_no_authorization_is_a_devices),
		ON(test_a_token_does_not_outlive_its_family),
		ON(test_what_was_revoked_stays_behind),
		ON(test_what_has_expired_or_never_says_when_stays_behind),
		ON(test_a_damaged_hash_matches_nothing),
		ON(test_nobodys_token_stays_behind),
		ON(test_a_client_that_cannot_refresh_gets_no_refresh_token),
		ON(test_scopes_that_are_none_stay_behind),
		ON(test_consents_come_along_unless_taken_back),
	};

	return RUN(tests);
}
