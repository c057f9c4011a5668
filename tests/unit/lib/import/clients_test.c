/* Clients keep their ids, secrets and what they may do, as far as it is allowed here. */
#include "tests/support/moving.h"

#define CALLBACKS "'[\"https://app.example/cb\"]'"

static void
add(const char *columns, const char *values)
{
	in_the_original(arena_printf(&place.arena,
		"INSERT INTO oauth_applications (client_id%s%s) VALUES (" TV "%s%s)",
		*columns ? ", " : "", columns, *values ? ", " : "", values));
}

static void
test_a_device_client_is_what_it_was(void **state)
{
	(void)state;
	add("client_name, created_at", "'Television', '2023-01-02 03:04:05Z'");
	move_in();
	assert_imported(FROM_GO_CLIENTS, 1, 1);
	assert_holds(
		"hex(id) LIKE '22222222%' AND name = 'Television' AND type = 'public'"
		" AND auth_method = 'none' AND status = 'active' AND token_profile = 'standard'"
		" AND secret_hash IS NULL AND created_ms = 1672628645000"
		" AND scopes = 'email profile offline_access' FROM clients");
	assert_holds("grants LIKE '%device_code%' AND grants LIKE '%refresh_token%' FROM clients");
}

static void
test_a_confidential_client_keeps_its_secret(void **state)
{
	(void)state;
	add("client_type, client_secret, enable_auth_code_flow, redirect_uris",
		"'confidential', " BCRYPT ", 1, " CALLBACKS);
	move_in();
	assert_holds("type = 'confidential' AND secret_hash = " BCRYPT
		     " AND redirect_uris = 'https://app.example/cb'"
		     " AND grants LIKE '%authorization_code%' FROM clients");
}

static void
test_a_secret_that_is_no_bcrypt_is_not_taken_for_one(void **state)
{
	(void)state;
	add("client_type, client_secret", "'confidential', 'plain'");
	move_in();
	assert_holds("secret_hash IS NULL AND secret_digest IS NULL FROM clients");
	assert_told("needs a new secret");
}

/* A7 */
static void
test_redirect_uris_that_nobody_could_register_stay_behind(void **state)
{
	(void)state;
	add("enable_auth_code_flow, redirect_uris",
		"1, '[\"https://app.example/cb\", \"javascript:alert(1)\", \"http://intern/cb\","
		" \"https://a.example/x#y\", \"https://a.example/ https://evil.example/\", \"\", "
		"7]'");
	move_in();
	assert_holds("redirect_uris = 'https://app.example/cb' FROM clients");
	assert_told("comes without this redirect URI: javascript:alert(1)");
	assert_told("comes without this redirect URI: http://intern/cb");
	assert_told("https://evil.example/ (it has a blank in it)");
	assert_told("comes without redirect URIs: the list is no JSON array of strings");
}

static void
test_a_list_of_uris_that_is_no_json_is_no_list(void **state)
{
	(void)state;
	add("enable_auth_code_flow, redirect_uris", "1, 'https://app.example/cb'");
	move_in();
	assert_holds("redirect_uris = '' AND grants NOT LIKE '%authorization_code%' FROM clients");
	assert_told("no redirect URI is left");
}

static void
test_a_public_client_gets_no_credentials_of_its_own(void **state)
{
	(void)state;
	add("enable_client_credentials_flow", "1");
	move_in();
	assert_holds("grants NOT LIKE '%client_credentials%' FROM clients");
	assert_told("comes without client_credentials");
}

static void
test_a_client_that_can_do_nothing_is_left_out(void **state)
{
	(void)state;
	add("enable_device_flow", "0");
	move_in();
	assert_imported(FROM_GO_CLIENTS, 0, 1);
	assert_told("left out: there is no grant that it could use");
}

static void
test_scopes_that_nobody_could_register_are_no_client(void **state)
{
	(void)state;
	add("scopes", "'a\"b'");
	move_in();
	assert_imported(FROM_GO_CLIENTS, 0, 1);
	assert_told("clients: 22222222-2222-4222-8222-222222222222: left out: scopes");
}

/* What is not known to be active does not serve: A19. */
static void
test_an_unknown_status_is_disabled(void **state)
{
	static const char *const rows[][2] = {{"active", "active"}, {"pending", "pending"},
		{"inactive", "disabled"}, {"", "disabled"}};

	(void)state;
	for (unsigned i = 0; i < countof(rows); i++)
		in_the_original(arena_printf(&place.arena,
			"INSERT INTO oauth_applications (client_id, client_name, status) VALUES"
			" ('22222222-2222-4222-8222-22222222222%u', '%s.', '%s')",
			i, rows[i][1], rows[i][0]));
	move_in();
	assert_int_equal(place_count("SELECT count(*) FROM clients WHERE status || '.' = name"),
		countof(rows));
}

static void
test_what_is_odd_gets_a_harmless_value(void **state)
{
	(void)state;
	add("client_name, token_profile, user_id, project",
		"CAST(x'ff' AS TEXT), 'huge', " MIA ", 'p-1'");
	move_in();
	assert_holds(
		"name = " TV " AND token_profile = 'standard' AND owner_id IS NULL FROM clients");
	assert_told("is named after its client_id");
	assert_told("gets standard token lifetimes: its profile is unknown: huge");
	assert_told("has no owner any more");
	assert_told("comes without project and service account");
}

static void
test_a_client_id_that_is_no_uuid_is_left_out(void **state)
{
	(void)state;
	in_the_original("INSERT INTO oauth_applications (client_id) VALUES ('authgate-cli')");
	move_in();
	assert_imported(FROM_GO_CLIENTS, 0, 1);
	assert_told("clients: authgate-cli: left out: its client_id is no UUID");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MOVING(test_a_device_client_is_what_it_was),
		MOVING(test_a_confidential_client_keeps_its_secret),
		MOVING(test_a_secret_that_is_no_bcrypt_is_not_taken_for_one),
		MOVING(test_redirect_uris_that_nobody_could_register_stay_behind),
		MOVING(test_a_list_of_uris_that_is_no_json_is_no_list),
		MOVING(test_a_public_client_gets_no_credentials_of_its_own),
		MOVING(test_a_client_that_can_do_nothing_is_left_out),
		MOVING(test_scopes_that_nobody_could_register_are_no_client),
		MOVING(test_an_unknown_status_is_disabled),
		MOVING(test_what_is_odd_gets_a_harmless_value),
		MOVING(test_a_client_id_that_is_no_uuid_is_left_out),
	};

	return RUN(tests);
}
