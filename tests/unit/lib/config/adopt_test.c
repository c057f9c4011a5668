/* What changes at a reload, and what stays. */
#include "tests/support/check.h"

#include "lib/config/adopt.h"

#include <stdio.h>

#define SECRET "kT8s0Qw3vB6nXr1ZyLm9EaPdHc5UfGj7"

struct changes {
	char text[1024];
};

static void
note_change(void *context, const struct config_key *key, struct str was, struct str is)
{
	struct changes *c = context;
	size_t n = strlen(c->text);

	(void)snprintf(c->text + n, sizeof c->text - n, "%s %.*s %.*s\n", key->path, STR_ARG(was),
		STR_ARG(is));
}

static struct config
load(struct arena *a, const char *const variables[])
{
	const struct config_request request = {.variables = variables};
	struct config_result result;

	assert_ok(config_load(a, &request, &result));
	return result.config;
}

static void
test_what_is_fixed_is_told_and_keeps_its_value(void **state)
{
	static const char *const before[] = {"SESSION_SECRET=" SECRET, "SERVER_LOOPS=2",
		"LOG_REQUESTS=true", "JWT_AUDIENCE=a", "DATABASE_DSN=one", NULL};
	static const char *const after[] = {"SESSION_SECRET=" SECRET "2", "SERVER_LOOPS=3",
		"LOG_REQUESTS=false", "JWT_AUDIENCE=b", "DATABASE_DSN=two", NULL};
	struct changes changes = {""};
	struct arena a = {0};
	struct config now = load(&a, before);
	struct config fresh = load(&a, after);

	(void)state;
	assert_int_equal(config_adopt(&a, &now, &fresh, note_change, &changes), 2);
	assert_string_equal(changes.text, "server.loops 2 3\n"
					  "log.requests true false\n"
					  "database.dsn one two\n"
					  "secrets.session_secret (set, 32 bytes) (set, 33 bytes)\n"
					  "jwt.audience a b\n");
	assert_int_equal(fresh.loops, 2);
	assert_str(fresh.session_secret, SECRET);
	assert_str(fresh.database_dsn, "one");
	assert_false(fresh.log_requests);
	assert_str(fresh.jwt_audience, "b");
	arena_free(&a);
}

static void
test_equal_configurations_differ_in_nothing(void **state)
{
	static const char *const variables[] = {"SESSION_SECRET=" SECRET, NULL};
	struct changes changes = {""};
	struct arena a = {0};
	struct config now = load(&a, variables);
	struct config fresh = load(&a, variables);

	(void)state;
	assert_int_equal(config_adopt(&a, &now, &fresh, note_change, &changes), 0);
	assert_string_equal(changes.text, "");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_fixed_is_told_and_keeps_its_value),
		cmocka_unit_test(test_equal_configurations_differ_in_nothing),
	};

	return RUN(tests);
}
