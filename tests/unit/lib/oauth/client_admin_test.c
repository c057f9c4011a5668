/* Clients made and changed by operators. */
#include "tests/support/oauth.h"

#include "lib/oauth/client_admin.h"

#define CALLBACK "https://app.example/cb"

static struct client
good_spec(void)
{
	return (struct client){
		.name = STR("App"), .grants = STR("code"), .redirect_uris = STR(CALLBACK)};
}

static struct client_creation
make_client(const struct client *spec)
{
	struct client_creation creation;

	assert_ok(client_creation_prepare(&cx, spec, &creation));
	assert_ok(commit(client_creation_store, &creation));
	return creation;
}

static void
test_short_names_of_grants_become_the_full_ones_once(void **state)
{
	struct client spec = good_spec();

	(void)state;
	spec.grants = STR("code refresh authorization_code device");
	assert_str(make_client(&spec).client.grants,
		"authorization_code refresh_token urn:ietf:params:oauth:grant-type:device_code");
}

static void
test_what_is_left_out_gets_a_default(void **state)
{
	struct client spec = good_spec();
	struct client_creation made = make_client(&spec);

	(void)state;
	assert_str(made.client.type, "confidential");
	assert_str(made.client.auth_method, "client_secret");
	assert_str(made.client.application_type, "web");
	assert_str(made.client.scopes, "openid profile email");
	assert_str(made.client.token_profile, "standard");
	assert_str(made.client.status, "active");
	assert_int_equal(made.secret.n, 43);
}

static void
test_only_the_digest_of_the_secret_is_stored(void **state)
{
	struct client spec = good_spec();
	struct client_creation made = make_client(&spec);
	struct client stored;
	struct digest digest = sha256(made.secret);

	(void)state;
	assert_ok(client_by_id(place.store, &place.arena, made.client.id, &stored));
	assert_memory_equal(&stored.secret_digest, &digest, sizeof digest);
}

static void
test_a_loopback_address_makes_a_native_application(void **state)
{
	struct client spec = good_spec();

	(void)state;
	spec.type = STR("public");
	spec.redirect_uris = STR("http://127.0.0.1/cb");
	assert_str(make_client(&spec).client.application_type, "native");
	spec.redirect_uris = STR("http://localhost:3000/cb http://[::1]/cb");
	assert_str(make_client(&spec).client.application_type, "native");
}

static void
test_a_developers_computer_makes_no_native_application(void **state)
{
	struct client spec = good_spec();

	(void)state;
	spec.redirect_uris = STR("http://localhost:3000/cb");
	assert_str(make_client(&spec).client.application_type, "web");
	spec.type = STR("public");
	spec.redirect_uris = STR("https://app.example/cb http://localhost:3000/cb");
	assert_str(make_client(&spec).client.application_type, "web");
	spec.application_type = STR("native");
	assert_str(make_client(&spec).client.application_type, "native");
}

static void
test_new_clients_have_the_configured_algorithm_and_old_ones_keep_theirs(void **state)
{
	struct client spec = good_spec();
	struct client_edit edit;
	struct client was;

	(void)state;
	config.id_token_algorithm = STR("RS256");
	was = make_client(&spec).client;
	assert_str(was.id_token_alg, "RS256");
	was.id_token_alg = STR_NONE;
	spec = was;
	assert_ok(client_edit_prepare(&cx, &was, &spec, &edit));
	assert_str(edit.client.id_token_alg, "");
}

static void
test_a_rotated_secret_replaces_the_old_one(void **state)
{
	struct client spec = good_spec();
	struct client_creation made = make_client(&spec);
	struct client_rotation rotation;
	struct client stored;

	(void)state;
	assert_ok(client_rotation_prepare(&cx, &made.client, 0, &rotation));
	assert_ok(commit(client_rotation_store, &rotation));
	assert_ok(client_by_id(place.store, &place.arena, made.client.id, &stored));
	assert_memory_equal(&stored.secret_digest, &rotation.digest, sizeof rotation.digest);
	assert_false(str_eq(rotation.secret, made.secret));
	assert_err(client_rotation_prepare(&cx, &place.public, 0, &rotation),
		ERR_INVALID_CLIENT_METADATA);
}

static void
test_what_would_not_work_is_refused_with_a_reason(void **state)
{
	struct client wrong[8];
	struct client_creation creation;

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++)
		wrong[i] = good_spec();
	wrong[0].name = STR_NONE;
	wrong[1].grants = STR("password");
	wrong[2].redirect_uris = STR_NONE;
	wrong[3].type = STR("secret");
	wrong[4].auth_method = STR("none");
	wrong[5].token_profile = STR("eternal");
	wrong[6].id_token_alg = STR("HS256");
	wrong[7].scopes = STR("\"read\"");
	for (size_t i = 0; i < countof(wrong); i++) {
		cx.problem = STR_NONE;
		assert_err(client_creation_prepare(&cx, &wrong[i], &creation),
			i == 2 ? ERR_INVALID_REDIRECT_URI : ERR_INVALID_CLIENT_METADATA);
		assert_true(cx.problem.n > 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ISSUER(test_short_names_of_grants_become_the_full_ones_once),
		WITH_ISSUER(test_what_is_left_out_gets_a_default),
		WITH_ISSUER(test_only_the_digest_of_the_secret_is_stored),
		WITH_ISSUER(test_a_loopback_address_makes_a_native_application),
		WITH_ISSUER(test_a_developers_computer_makes_no_native_application),
		WITH_ISSUER(
			test_new_clients_have_the_configured_algorithm_and_old_ones_keep_theirs),
		WITH_ISSUER(test_a_rotated_secret_replaces_the_old_one),
		WITH_ISSUER(test_what_would_not_work_is_refused_with_a_reason),
	};

	return RUN(tests);
}
