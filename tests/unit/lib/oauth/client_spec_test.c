/* One judgement of clients, whoever speaks of them. */
#include "tests/support/oauth.h"

#include "lib/oauth/client_spec.h"

#define CALLBACK "https://app.example/cb"

static struct client
good_spec(enum client_door door)
{
	return (struct client){
		.name = STR("App"),
		.auth_method = STR("client_secret_post"),
		.grants = STR("authorization_code refresh_token"),
		.redirect_uris = STR(CALLBACK),
		.scopes = door == CLIENT_BY_OPERATOR ? STR("openid read") : STR("openid"),
	};
}

static enum err
judge(enum client_door door, const struct client *said, struct client *ret)
{
	struct client_metadata all = {.client = *said}, metadata = {.client = {.type = STR_NONE}};
	enum err e;

	config.registration_scopes = STR("openid profile");
	config.registration_approval = true;
	cx.problem = STR_NONE;
	e = client_spec_judge(&cx, door, &all, &metadata);
	*ret = metadata.client;
	return e;
}

/* What stands behind the name that the door gives the member. */
static struct str
reason(void)
{
	struct str text = cx.problem;

	(void)str_cut(&text, ':');
	return text;
}

static const struct {
	size_t said;
	struct str value;
	enum err error;
} faults[] = {
#define FAULT(field, text, error) \
	{ \
		offsetof(struct client, field), STR_INIT(text), error \
	}
	FAULT(name, "a\nb", ERR_INVALID_CLIENT_METADATA),
	FAULT(name,
		"gpj\xe2\x80\xae"
		"exe",
		ERR_INVALID_CLIENT_METADATA),
	FAULT(name, "  ", ERR_INVALID_CLIENT_METADATA),
	FAULT(grants, "password", ERR_INVALID_CLIENT_METADATA),
	FAULT(grants, "refresh_token", ERR_INVALID_CLIENT_METADATA),
	FAULT(application_type, "service", ERR_INVALID_CLIENT_METADATA),
	FAULT(redirect_uris, CALLBACK " javascript:alert(1)", ERR_INVALID_REDIRECT_URI),
	FAULT(redirect_uris, CALLBACK "#x", ERR_INVALID_REDIRECT_URI),
	FAULT(post_logout_redirect_uris, "http://app.example/", ERR_INVALID_REDIRECT_URI),
	FAULT(backchannel_logout_uri, "http://app.example/", ERR_INVALID_CLIENT_METADATA),
	FAULT(id_token_alg, "none", ERR_INVALID_CLIENT_METADATA),
#undef FAULT
};

static void
test_both_doors_say_the_same_of_the_same_fault(void **state)
{
	struct client unused;

	(void)state;
	for (size_t i = 0; i < countof(faults); i++) {
		struct str told[CLIENT_DOORS];

		for (enum client_door door = 0; door < CLIENT_DOORS; door++) {
			struct client spec = good_spec(door);

			assert_ok(judge(door, &spec, &unused));
			*(struct str *)(void *)((char *)&spec + faults[i].said) = faults[i].value;
			assert_err(judge(door, &spec, &unused), faults[i].error);
			told[door] = reason();
		}
		assert_true(told[0].n > 0 && str_eq(told[0], told[1]));
	}
}

/* What differs on purpose: the columns of the table. */
static void
test_only_an_operator_may_do_what_needs_trust(void **state)
{
	struct client spec = good_spec(CLIENT_BY_OPERATOR);
	struct client client;

	(void)state;
	assert_ok(judge(CLIENT_BY_OPERATOR, &spec, &client));
	assert_str(client.scopes, "openid read");
	assert_err(judge(CLIENT_BY_ITSELF, &spec, &client), ERR_INVALID_CLIENT_METADATA);
	spec = good_spec(CLIENT_BY_ITSELF);
	spec.backchannel_logout_uri = STR("http://127.0.0.1:8080/logout");
	assert_ok(judge(CLIENT_BY_OPERATOR, &spec, &client));
	assert_err(judge(CLIENT_BY_ITSELF, &spec, &client), ERR_INVALID_CLIENT_METADATA);
	spec = good_spec(CLIENT_BY_ITSELF);
	spec.grants = STR("client device");
	assert_ok(judge(CLIENT_BY_OPERATOR, &spec, &client));
	assert_err(judge(CLIENT_BY_ITSELF, &spec, &client), ERR_INVALID_CLIENT_METADATA);
}

/* A row of lib/ops is enough. */
static void
test_a_field_without_a_rule_is_kept_as_an_operator_says_it(void **state)
{
	struct client spec = good_spec(CLIENT_BY_ITSELF);
	struct client client;

	(void)state;
	spec.introspect_all = true;
	assert_ok(judge(CLIENT_BY_OPERATOR, &spec, &client));
	assert_true(client.introspect_all);
	assert_ok(judge(CLIENT_BY_ITSELF, &spec, &client));
	assert_false(client.introspect_all);
	spec.auth_method = STR("client_secret_jwt");
	assert_err(judge(CLIENT_BY_OPERATOR, &spec, &client), ERR_INVALID_CLIENT_METADATA);
	assert_true(str_starts(reason(), STR(" expected one of: none client_secret ")));
}

static void
test_nothing_said_is_the_default_of_the_door(void **state)
{
	struct client spec = {.name = STR("App"), .grants = STR("device")};
	struct client client;

	(void)state;
	assert_ok(judge(CLIENT_BY_OPERATOR, &spec, &client));
	assert_str(client.auth_method, "client_secret");
	assert_str(client.scopes, "openid profile email");
	spec = (struct client){.redirect_uris = STR(CALLBACK)};
	assert_ok(judge(CLIENT_BY_ITSELF, &spec, &client));
	assert_str(client.name, "Unnamed client");
	assert_str(client.grants, "authorization_code");
	assert_str(client.auth_method, "client_secret_basic");
	assert_str(client.scopes, "openid profile");
	assert_str(client.type, "confidential");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ISSUER(test_both_doors_say_the_same_of_the_same_fault),
		WITH_ISSUER(test_only_an_operator_may_do_what_needs_trust),
		WITH_ISSUER(test_a_field_without_a_rule_is_kept_as_an_operator_says_it),
		WITH_ISSUER(test_nothing_said_is_the_default_of_the_door),
	};

	return RUN(tests);
}
