/* What clients may say about themselves, and what becomes of it. */
#include "tests/support/oauth.h"

#include "lib/oauth/register.h"

#define URIS   "\"redirect_uris\":[\"https://app.example/cb\"]"
#define DEVICE "urn:ietf:params:oauth:grant-type:device_code"

static void
open_registration(void)
{
	config.registration_enabled = true;
	config.registration_approval = true;
	config.registration_scopes = STR("openid profile email offline_access");
	config.registration_unused_max = 100;
	cx.problem = STR_NONE;
}

static enum err
read_metadata(const char *text, struct client_metadata *ret)
{
	struct json *doc;
	enum err e;

	open_registration();
	assert_ok(json_parse(str_of(text), CLIENT_METADATA_MAX, &doc, &place.diag));
	e = client_metadata_read(&cx, doc, ret);
	json_free(doc);
	return e;
}

/* The member of an answer, as text. */
static struct str
member(struct str body, const char *name)
{
	struct json *doc;
	struct str value;

	assert_ok(json_parse(body, CLIENT_METADATA_MAX, &doc, &place.diag));
	value = str_copy(&place.arena, json_get_str(doc, name));
	json_free(doc);
	return value;
}

static struct register_answer
create(const char *body)
{
	struct register_answer answer;

	open_registration();
	assert_ok(register_create(&cx, str_of(body), &answer));
	assert_ok(commit(answer.change, answer.change_arg));
	return answer;
}

static struct str
bearer(struct str token)
{
	return str_printf(&place.arena, "Bearer %.*s", STR_ARG(token));
}

static struct registered
authenticated(struct str body)
{
	struct registered x;

	assert_ok(register_authenticate(&cx, member(body, "client_id"),
		bearer(member(body, "registration_access_token")), &x));
	return x;
}

/* ---- metadata ---- */

static void
test_metadata_that_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum err e;
		const char *names; /* what the problem says */
	} rows[] = {
		{"{}", ERR_INVALID_REDIRECT_URI, "redirect_uris"},
		{"{\"redirect_uris\":[\"http://app.example/\"]}", ERR_INVALID_REDIRECT_URI,
			"redirect_uris"},
		{"{\"redirect_uris\":[\"com.example.app:/\"]}", ERR_INVALID_REDIRECT_URI,
			"redirect_uris"},
		{"{\"redirect_uris\":\"https://app.example/\"}", ERR_INVALID_CLIENT_METADATA,
			"redirect_uris"},
		{"{" URIS ",\"redirect_uri\":1,\"software_statement\":\"x\"}",
			ERR_UNAPPROVED_SOFTWARE_STATEMENT, ""},
		{"{" URIS ",\"grant_types\":[\"implicit\"]}", ERR_INVALID_CLIENT_METADATA,
			"grant_types"},
		{"{" URIS ",\"grant_types\":[\"refresh_token\"]}", ERR_INVALID_CLIENT_METADATA,
			"grant_types"},
		{"{\"grant_types\":[\"client_credentials\"],"
		 "\"token_endpoint_auth_method\":\"none\"}",
			ERR_INVALID_CLIENT_METADATA, "grant_types"},
		{"{\"grant_types\":[\"" DEVICE "\"],\"response_types\":[\"code\"]}",
			ERR_INVALID_CLIENT_METADATA, "response_types"},
		{"{" URIS ",\"scope\":\"openid admin\"}", ERR_INVALID_CLIENT_METADATA, "scope"},
		{"{" URIS ",\"scope\":7}", ERR_INVALID_CLIENT_METADATA, "scope"},
		{"{" URIS ",\"token_endpoint_auth_method\":\"private_key_jwt\"}",
			ERR_INVALID_CLIENT_METADATA, "token_endpoint_auth_method"},
		{"{" URIS ",\"id_token_signed_response_alg\":\"none\"}",
			ERR_INVALID_CLIENT_METADATA, "id_token_signed_response_alg"},
		{"{" URIS ",\"application_type\":\"\"}", ERR_INVALID_CLIENT_METADATA,
			"application_type"},
		{"{" URIS ",\"client_name\":\"a\\u202eb\"}", ERR_INVALID_CLIENT_METADATA,
			"client_name"},
		{"{" URIS ",\"client_name\":\"a\\u0085b\"}", ERR_INVALID_CLIENT_METADATA,
			"client_name"},
		{"{" URIS ",\"client_name\":\" \\t\"}", ERR_INVALID_CLIENT_METADATA, "client_name"},
		{"{" URIS ",\"logo_uri\":\"http://app.example/\"}", ERR_INVALID_CLIENT_METADATA,
			"logo_uri"},
		{"{" URIS ",\"backchannel_logout_uri\":\"https://[::1]/\"}",
			ERR_INVALID_CLIENT_METADATA, "backchannel_logout_uri"},
		{"{" URIS ",\"contacts\":[\"a b\"]}", ERR_INVALID_CLIENT_METADATA, "contacts"},
		{"{" URIS ",\"contacts\":[null]}", ERR_INVALID_CLIENT_METADATA, "contacts"},
		{"{" URIS ",\"subject_type\":\"pairwise\"}", ERR_INVALID_CLIENT_METADATA,
			"subject_type"},
		{"{" URIS ",\"dpop_bound_access_tokens\":true}", ERR_INVALID_CLIENT_METADATA,
			"dpop_bound_access_tokens"},
	};
	struct client_metadata m;

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		assert_err(read_metadata(rows[i].text, &m), rows[i].e);
		assert_true(str_starts(cx.problem, str_of(rows[i].names)));
	}
}

static void
test_nothing_said_means_the_defaults(void **state)
{
	struct client_metadata m;

	(void)state;
	assert_ok(read_metadata("{" URIS ",\"scope\":null,\"jwks\":{\"keys\":[]},\"x\":{\"y\":[1]},"
				"\"dpop_bound_access_tokens\":false}",
		&m));
	assert_str(m.client.grants, "authorization_code");
	assert_str(m.client.auth_method, "client_secret_basic");
	assert_str(m.client.type, "confidential");
	assert_str(m.client.application_type, "web");
	assert_str(m.client.scopes, "openid profile email offline_access");
	assert_str(m.client.redirect_uris, "https://app.example/cb");
	assert_str(m.client.token_profile, "standard");
	assert_str(m.client.id_token_alg, "");
}

static void
test_words_are_kept_once_and_old_names_are_understood(void **state)
{
	struct client_metadata m;

	(void)state;
	assert_ok(read_metadata(
		"{\"grant_types\":[\"device_code\",\"" DEVICE "\",\"refresh_token\"],"
		"\"token_endpoint_auth_method\":\"none\",\"application_type\":\"native\","
		"\"redirect_uris\":[\"com.example.app:/cb\",\"com.example.app:/cb\"],"
		"\"client_name\":\" Caf\xc3\xa9 \",\"id_token_signed_response_alg\":\"ES256\","
		"\"contacts\":[\"a@b\",\"c@d\"]}",
		&m));
	assert_str(m.client.grants, DEVICE " refresh_token");
	assert_str(m.client.redirect_uris, "com.example.app:/cb");
	assert_str(m.client.type, "public");
	assert_str(m.client.name, "Caf\xc3\xa9");
	assert_str(m.client.id_token_alg, "ES256");
	assert_str(m.registration.contacts, "a@b c@d");
}

static void
test_machines_need_somebody_who_vouches(void **state)
{
	static const char text[] = "{\"grant_types\":[\"client_credentials\"]}";
	struct client_metadata m;
	struct json *doc;

	(void)state;
	assert_ok(read_metadata(text, &m));
	config.registration_approval = false;
	assert_ok(json_parse(str_of(text), 999, &doc, NULL));
	assert_err(client_metadata_read(&cx, doc, &m), ERR_INVALID_CLIENT_METADATA);
	config.registration_token = STR("an initial access token");
	assert_ok(client_metadata_read(&cx, doc, &m));
	json_free(doc);
}

/* ---- who may ---- */

static void
test_permission_follows_the_configuration(void **state)
{
	(void)state;
	open_registration();
	config.registration_enabled = false;
	assert_err(register_permit(&cx, STR_NONE), ERR_REGISTRATION_OFF);
	config.registration_enabled = true;
	assert_ok(register_permit(&cx, STR_NONE));
	config.registration_token = STR("an initial access token");
	assert_err(register_permit(&cx, STR_NONE), ERR_INVALID_TOKEN);
	assert_err(register_permit(&cx, STR("Bearer ")), ERR_INVALID_TOKEN);
	assert_err(register_permit(&cx, STR("Bearer an initial access")), ERR_INVALID_TOKEN);
	assert_err(register_permit(&cx, STR("Basic an initial access token")), ERR_INVALID_TOKEN);
	assert_ok(register_permit(&cx, STR("bearer an initial access token")));
}

static void
test_unused_clients_have_a_quota(void **state)
{
	struct register_answer answer;

	(void)state;
	create("{" URIS "}");
	create("{" URIS "}");
	config.registration_unused_max = 2;
	assert_ok(register_create(&cx, STR("{" URIS "}"), &answer));
	assert_err(commit(answer.change, answer.change_arg), ERR_TOO_MANY_REQUESTS);
	assert_int_equal(
		place_count("SELECT count(*) FROM clients WHERE registration_digest NOT NULL"), 2);
	place_sql("UPDATE clients SET used_ms = 1");
	assert_ok(commit(answer.change, answer.change_arg));
}

/* ---- life ---- */

static void
test_a_new_client_is_pending_and_its_secrets_are_digests(void **state)
{
	struct register_answer answer = create("{" URIS "}");
	struct registered x = authenticated(answer.body);
	struct digest secret = sha256(member(answer.body, "client_secret"));

	(void)state;
	assert_str(x.metadata.client.status, "pending");
	assert_memory_equal(&x.metadata.client.secret_digest, &secret, sizeof secret);
	assert_int_equal(member(answer.body, "client_secret").n, 43);
	assert_int_equal(member(answer.body, "registration_access_token").n, 43);
	assert_false(str_eq(member(answer.body, "client_secret"),
		member(answer.body, "registration_access_token")));
}

static void
test_only_the_own_token_opens_a_registration(void **state)
{
	struct str a = create("{" URIS "}").body, b = create("{" URIS "}").body;
	struct str id = member(a, "client_id");
	struct registered x;

	(void)state;
	assert_err(
		register_authenticate(&cx, id, bearer(member(b, "registration_access_token")), &x),
		ERR_INVALID_TOKEN);
	assert_err(register_authenticate(&cx, id, bearer(member(a, "client_secret")), &x),
		ERR_INVALID_TOKEN);
	assert_err(register_authenticate(&cx, id, STR_NONE, &x), ERR_INVALID_TOKEN);
	assert_err(register_authenticate(&cx, id_text(&place.arena, place.confidential.id),
			   bearer(member(a, "registration_access_token")), &x),
		ERR_INVALID_TOKEN);
	(void)authenticated(a);
}

static struct register_answer
update(struct str created, const char *more)
{
	struct registered x = authenticated(created);
	struct str body = str_printf(&place.arena, "{\"client_id\":\"%.*s\"," URIS "%s}",
		STR_ARG(member(created, "client_id")), more);
	struct register_answer answer;

	assert_ok(register_update(&cx, &x, body, &answer));
	return answer;
}

static void
test_an_approved_client_stays_approved_only_as_it_is(void **state)
{
	struct str created = create("{" URIS "}").body;
	struct register_answer answer;

	(void)state;
	place_sql("UPDATE clients SET status = 'active' WHERE status = 'pending'");
	answer = update(created, ",\"contacts\":[\"a@b\"]");
	assert_ok(commit(answer.change, answer.change_arg));
	assert_str(authenticated(created).metadata.client.status, "active");
	answer = update(created, ",\"client_name\":\"Your bank\"");
	assert_ok(commit(answer.change, answer.change_arg));
	assert_str(authenticated(created).metadata.client.status, "pending");
	assert_str(authenticated(created).metadata.client.name, "Your bank");
}

static void
test_an_update_never_undoes_what_an_administrator_did_meanwhile(void **state)
{
	struct str created = create("{" URIS "}").body;
	struct register_answer answer = update(created, ",\"client_name\":\"Late\"");

	(void)state;
	place_sql("UPDATE clients SET status = 'disabled' WHERE status = 'pending'");
	assert_err(commit(answer.change, answer.change_arg), ERR_RACE);
	assert_str(authenticated(created).metadata.client.status, "disabled");
	answer = update(created, ",\"client_name\":\"Late\"");
	assert_ok(commit(answer.change, answer.change_arg));
	assert_str(authenticated(created).metadata.client.status, "disabled");
}

static void
test_a_deleted_client_is_gone_for_everybody(void **state)
{
	struct str created = create("{" URIS "}").body;
	struct registered x = authenticated(created);
	struct register_answer late = update(created, ""), answer;
	struct digest secret = {{0}};
	int64_t deleted;
	struct id id;

	(void)state;
	assert_ok(register_remove(&cx, &x, &answer));
	assert_ok(commit(answer.change, answer.change_arg));
	assert_err(commit(answer.change, answer.change_arg), ERR_INVALID_TOKEN);
	assert_err(commit(late.change, late.change_arg), ERR_RACE);
	assert_err(register_authenticate(&cx, member(created, "client_id"), bearer(x.token), &x),
		ERR_INVALID_TOKEN);
	id = x.metadata.client.id;
	assert_err(client_set_status(place.store, id, STR("active"), cx.now_ms), ERR_NO_ROW);
	assert_err(client_set_secret(place.store, id, &secret, 0, cx.now_ms), ERR_NO_ROW);
	assert_ok(registration_purge(place.store, 0, 10, &deleted));
	assert_int_equal(deleted, 1);
	assert_int_equal(place_count("SELECT count(*) FROM clients"), 2);
}

static void
test_unused_clients_are_forgotten_and_others_are_not(void **state)
{
	int64_t deleted;

	(void)state;
	create("{" URIS "}");
	assert_ok(registration_purge(place.store, PLACE_NOW_MS, 10, &deleted));
	assert_int_equal(deleted, 0);
	assert_ok(registration_purge(place.store, PLACE_NOW_MS + 1, 10, &deleted));
	assert_int_equal(deleted, 1);
	assert_int_equal(place_count("SELECT count(*) FROM clients"), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ISSUER(test_metadata_that_is_refused),
		WITH_ISSUER(test_nothing_said_means_the_defaults),
		WITH_ISSUER(test_words_are_kept_once_and_old_names_are_understood),
		WITH_ISSUER(test_machines_need_somebody_who_vouches),
		WITH_ISSUER(test_permission_follows_the_configuration),
		WITH_ISSUER(test_unused_clients_have_a_quota),
		WITH_ISSUER(test_a_new_client_is_pending_and_its_secrets_are_digests),
		WITH_ISSUER(test_only_the_own_token_opens_a_registration),
		WITH_ISSUER(test_an_approved_client_stays_approved_only_as_it_is),
		WITH_ISSUER(test_an_update_never_undoes_what_an_administrator_did_meanwhile),
		WITH_ISSUER(test_a_deleted_client_is_gone_for_everybody),
		WITH_ISSUER(test_unused_clients_are_forgotten_and_others_are_not),
	};

	return RUN(tests);
}
