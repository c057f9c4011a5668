/* Loading: every source, its strength, and every way to be wrong. */
#include "tests/support/check.h"

#include "lib/config/document.h"
#include "lib/config/keys.h"
#include "lib/config/loader.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOOD_SECRET "kT8s0Qw3vB6nXr1ZyLm9EaPdHc5UfGj7"
#define GOOD        "SESSION_SECRET=" GOOD_SECRET

struct fixture {
	struct arena arena;
	struct config_result result;
	char directory[32];
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	strcpy(f->directory, "/tmp/config-XXXXXX");
	*state = f;
	return mkdtemp(f->directory) ? 0 : -1;
}

static int
tear_down(void **state)
{
	static const char *const names[] = {"c.yaml", ".env", "secret", "key.pem"};
	struct fixture *f = *state;
	char path[64];

	for (size_t i = 0; i < countof(names); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", f->directory, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(f->directory);
	arena_free(&f->arena);
	free(f);
	return 0;
}

static const char *
write_file(struct fixture *f, const char *name, const char *text, mode_t mode)
{
	const char *path = arena_printf(&f->arena, "%s/%s", f->directory, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
	return path;
}

#define VARIABLES(...) ((const char *[]){__VA_ARGS__, NULL})

static enum err
load_env(struct fixture *f, const char **variables)
{
	struct config_request request = {.variables = variables};

	return config_load(&f->arena, &request, &f->result);
}

static enum err
load_yaml(struct fixture *f, const char *yaml)
{
	struct config_request request = {
		.file = write_file(f, "c.yaml", yaml, 0600), .variables = VARIABLES(GOOD)};

	return config_load(&f->arena, &request, &f->result);
}

static void
assert_told(const struct buf *report, const char *words)
{
	if (!strstr(report->p ? report->p : "", words))
		fail_msg("\"%s\" is not in:\n%s", words, report->p ? report->p : "");
}

static void
assert_problem(struct fixture *f, const char *words)
{
	assert_told(&f->result.problems, words);
}

static size_t
lines(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += b->p[i] == '\n';
	return n;
}

/* ---- sources ---- */

static void
test_defaults_load_with_a_session_secret(void **state)
{
	struct fixture *f = *state;

	assert_ok(load_env(f, VARIABLES(GOOD)));
	assert_str(f->result.config.server_addr, ":8080");
	assert_int_equal(f->result.config.access_ttl_s, 36000);
	assert_int_equal(f->result.config.session_max_age_s, 3600);
	assert_true(f->result.config.log_requests);
	assert_str(f->result.config.session_secret, GOOD_SECRET);
	assert_int_equal(f->result.warnings.n, 0);
}

static void
test_stronger_sources_win(void **state)
{
	struct fixture *f = *state;
	const struct config_override flag = {STR("device.interval"), STR("9s")};
	struct config_request request = {
		.file = write_file(f, "c.yaml",
			"server: {addr: ':1', loops: 1, workers: 1}\ndevice: {interval: 6s}\n",
			0600),
		.dotenv = write_file(f, ".env", "SERVER_LOOPS=2\nSERVER_WORKERS=2\n", 0600),
		.variables = VARIABLES(GOOD, "SERVER_WORKERS=3", "DEVICE_POLL_INTERVAL=8s"),
		.overrides = &flag,
		.override_count = 1,
	};
	const struct config *c = &f->result.config;

	assert_ok(config_load(&f->arena, &request, &f->result));
	assert_str(c->server_addr, ":1");
	assert_int_equal(c->loops, 2);
	assert_int_equal(c->workers, 3);
	assert_int_equal(c->device_interval_s, 9);
	assert_int_equal(f->result.origins[CONFIG_KEY_loops].source, CONFIG_FROM_DOTENV);
	assert_int_equal(f->result.origins[CONFIG_KEY_loops].line, 1);
	assert_int_equal(f->result.origins[CONFIG_KEY_server_addr].source, CONFIG_FROM_YAML);
	assert_int_equal(f->result.origins[CONFIG_KEY_device_interval_s].source, CONFIG_FROM_FLAG);
}

static void
test_an_empty_variable_counts_as_absent(void **state)
{
	struct fixture *f = *state;

	assert_ok(load_env(f, VARIABLES(GOOD, "SERVER_LOOPS=", "BASE_URL=")));
	assert_str(f->result.config.base_url, "http://localhost:8080");
}

static void
test_a_yaml_list_and_a_comma_list_are_the_same(void **state)
{
	struct fixture *f = *state;

	assert_ok(load_yaml(f, "jwt:\n  audience:\n    - a\n    - b\n"));
	assert_str(f->result.config.jwt_audience, "a b");
	assert_ok(load_env(f, VARIABLES(GOOD, "JWT_AUDIENCE=a,  b,")));
	assert_str(f->result.config.jwt_audience, "a b");
}

static void
test_seconds_take_a_number_or_a_duration(void **state)
{
	struct fixture *f = *state;

	assert_ok(load_env(f, VARIABLES(GOOD, "SESSION_MAX_AGE=7200", "SESSION_IDLE_TIMEOUT=5m")));
	assert_int_equal(f->result.config.session_max_age_s, 7200);
	assert_int_equal(f->result.config.session_idle_timeout_s, 300);
}

static void
test_dotenv_knows_comments_export_and_quotes(void **state)
{
	struct fixture *f = *state;
	struct config_request request = {
		.dotenv = write_file(f, ".env",
			"# a comment\n\nexport SERVER_ADDR = ':7' # note\r\nBASE_URL=http://h:1#x\n"
			"JWT_KEY_ID=\"a\\\"b # c\"\nLOG_LEVEL=debug # why\nJWT_AUDIENCE=$HOME\n",
			0600),
		.variables = VARIABLES(GOOD),
	};

	assert_err(config_load(&f->arena, &request, &f->result), ERR_CONFIG);
	assert_problem(f, ".env:4: BASE_URL (server.base_url): expected no query, fragment");
	assert_int_equal(lines(&f->result.problems), 1);
	assert_str(f->result.config.server_addr, ":7");
	assert_str(f->result.config.jwt_key_id, "a\"b # c");
	assert_str(f->result.config.log_level, "debug");
	assert_str(f->result.config.jwt_audience, "$HOME");
}

static void
test_a_bad_line_of_dotenv_is_told_without_its_text(void **state)
{
	struct fixture *f = *state;
	struct config_request request = {
		.dotenv = write_file(f, ".env", "A=1\nhunter2\nB='hunter2\nC-D=hunter2\n", 0600),
		.variables = VARIABLES(GOOD),
	};

	assert_err(config_load(&f->arena, &request, &f->result), ERR_CONFIG);
	assert_problem(f, ".env:2: expected NAME=value");
	assert_problem(f, ".env:3: the quote is not closed");
	assert_problem(f, ".env:4: expected a name");
	assert_null(strstr(f->result.problems.p, "hunter2"));
}

static void
test_a_dotenv_that_anybody_may_write_is_refused(void **state)
{
	struct fixture *f = *state;
	struct config_request request = {
		.dotenv = write_file(f, ".env", "SERVER_LOOPS=2\n", 0666),
		.variables = VARIABLES(GOOD),
	};

	assert_err(config_load(&f->arena, &request, &f->result), ERR_CONFIG);
	assert_problem(f, "anybody may write it");
	assert_int_equal(f->result.config.loops, 0);
}

/* ---- YAML ---- */

static void
test_yaml_problems_have_line_and_column(void **state)
{
	static const struct {
		const char *yaml, *told;
	} cases[] = {
		{"server:\n  adr: x\n",
			"c.yaml:2:3: unknown key \"server.adr\", did you mean \"server.addr\"?"},
		{"sevrer:\n  addr: x\n",
			"c.yaml:1:1: unknown key \"sevrer\", did you mean \"server\"?"},
		{"server:\n  loops: 1\n  loops: 2\n",
			"c.yaml:3:3: \"server.loops\" occurs twice, first on line 2"},
		{"server: {}\nserver: {}\n",
			"c.yaml:2:1: \"server\" occurs twice, first on line 1"},
		{"server:\n  loops: many\n", "c.yaml:2:10: server.loops: expected a whole number "
					     "in 0..256, got \"many\""},
		{"server:\n  loops: 257\n", "server.loops: expected a whole number in 0..256"},
		{"server:\n  loops: [1]\n",
			"c.yaml:2:10: server.loops: expected a single value, got a list"},
		{"server:\n  addr: {a: b}\n",
			"server.addr: expected a single value, got a section"},
		{"server: 3\n", "c.yaml:1:1: server: expected a section with keys"},
		{"log:\n  level: loud\n",
			"log.level: expected one of: debug info warning error, got \"loud\""},
		{"log:\n  requests: maybe\n",
			"log.requests: expected true or false, got \"maybe\""},
		{"device:\n  interval: -5s\n", "device.interval: expected a duration"},
		{"server:\n\taddr: x\n", "c.yaml:2:1: not YAML"},
		{"server: [\n", "not YAML"},
		{"a: &x 1\nb: *x\n", "c.yaml:1:4: anchors are not supported"},
		{"server: !!map {}\n", "tags are not supported"},
		{"--- {}\n--- {}\n", "a second document"},
		{"- a\n", "expected sections"},
		{"x: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n", "nested too deeply"},
		{"? [a]\n: 1\n", "expected a name"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(cases); i++) {
		assert_err(load_yaml(f, cases[i].yaml), ERR_CONFIG);
		assert_problem(f, cases[i].told);
	}
}

static void
test_all_problems_are_told_at_once(void **state)
{
	struct fixture *f = *state;

	assert_err(load_yaml(f, "server:\n  loops: x\n  adr: y\nlog:\n  level: z\n"), ERR_CONFIG);
	assert_int_equal(lines(&f->result.problems), 3);
}

static void
test_empty_and_null_yaml_leave_the_defaults(void **state)
{
	struct fixture *f = *state;

	assert_ok(load_yaml(f, ""));
	assert_ok(load_yaml(f, "# nothing\n"));
	assert_ok(load_yaml(f, "server:\n  addr:\n  tls: ~\nlog:\n"));
	assert_str(f->result.config.server_addr, ":8080");
}

static void
test_a_yaml_file_has_a_limit_and_must_exist(void **state)
{
	struct fixture *f = *state;
	struct config_request missing = {
		.file = "/nonexistent/c.yaml", .variables = VARIABLES(GOOD)};
	char *big = arena_alloc(&f->arena, CONFIG_FILE_MAX + 2);

	memset(big, '#', CONFIG_FILE_MAX + 1);
	assert_err(load_yaml(f, big), ERR_CONFIG);
	assert_problem(f, "larger than 1048576 bytes");
	assert_err(config_load(&f->arena, &missing, &f->result), ERR_CONFIG);
	assert_problem(f, "/nonexistent/c.yaml: No such file");
}

/* ---- secrets ---- */

static void
test_a_missing_session_secret_says_how_to_make_one(void **state)
{
	struct fixture *f = *state;

	assert_err(load_env(f, VARIABLES("A=b")), ERR_CONFIG);
	assert_problem(f, "secrets.session_secret: missing: make one with `openssl rand");
}

static void
test_weak_secrets_are_refused_and_never_repeated(void **state)
{
	static const char *const weak[] = {
		"session-secret-change-in-production",
		"Your-256-Bit-Secret-CHANGE-IN-PRODUCTION",
		"Xq8ChangeMe93kfjsldkfj3948fjdlskfjs",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"12345678901234567890123456789012",
		"k3J9sTq0LwXb",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(weak); i++) {
		const char *variable = arena_printf(&f->arena, "SESSION_SECRET=%s", weak[i]);

		assert_err(load_env(f, VARIABLES(variable)), ERR_CONFIG);
		assert_int_equal(lines(&f->result.problems), 1);
		assert_problem(f, "environment SESSION_SECRET (secrets.session_secret)");
		assert_null(strstr(f->result.problems.p, weak[i]));
		variable = arena_printf(&f->arena, "JWT_SECRET=%s", weak[i]);
		assert_err(load_env(f, VARIABLES(GOOD, variable)), ERR_CONFIG);
		assert_problem(f, "JWT_SECRET (jwt.secret)");
	}
}

static void
test_a_secret_comes_from_its_file_without_the_line_end(void **state)
{
	struct fixture *f = *state;
	const char *path = write_file(f, "secret", GOOD_SECRET "\r\n", 0600);
	const char *variable = arena_printf(&f->arena, "SESSION_SECRET_FILE=%s", path);

	assert_ok(load_env(f, VARIABLES(variable)));
	assert_str(f->result.config.session_secret, GOOD_SECRET);
}

static void
test_a_secret_file_must_be_private_present_and_the_only_source(void **state)
{
	struct fixture *f = *state;
	const char *path = write_file(f, "secret", GOOD_SECRET "\n", 0644);
	const char *variable = arena_printf(&f->arena, "SESSION_SECRET_FILE=%s", path);

	assert_err(load_env(f, VARIABLES(variable)), ERR_CONFIG);
	assert_problem(f, "mode 0644 lets others at it: chmod 600");
	assert_int_equal(chmod(path, 0600), 0);
	assert_err(load_env(f, VARIABLES(variable, GOOD)), ERR_CONFIG);
	assert_problem(f, "SESSION_SECRET is set as well");
	(void)write_file(f, "secret", "\n", 0600);
	assert_err(load_env(f, VARIABLES(variable)), ERR_CONFIG);
	assert_problem(f, "secret: empty");
	assert_int_equal(unlink(path), 0);
	assert_err(load_env(f, VARIABLES(variable)), ERR_CONFIG);
	assert_problem(f, "SESSION_SECRET_FILE (secrets.session_secret_file)");
	assert_problem(f, "No such file");
	assert_int_equal(lines(&f->result.problems), 1);
}

static void
test_a_secret_is_not_taken_from_a_flag(void **state)
{
	struct fixture *f = *state;
	const struct config_override flag = {STR("jwt.secret"), STR(GOOD_SECRET)};
	struct config_request request = {
		.variables = VARIABLES(GOOD), .overrides = &flag, .override_count = 1};

	assert_err(config_load(&f->arena, &request, &f->result), ERR_CONFIG);
	assert_problem(f, "every user sees an argument");
	assert_null(strstr(f->result.problems.p, GOOD_SECRET));
}

/* ---- checks ---- */

static void
test_keys_that_do_not_fit_each_other_are_told(void **state)
{
	static const struct {
		const char *variables[3];
		const char *told;
	} cases[] = {
		{{"JWT_SIGNING_ALGORITHM=HS256"}, "HS256 needs JWT_SECRET"},
		{{"JWT_SECRET=" GOOD_SECRET, "JWT_PRIVATE_KEY_PEM=x"}, "cannot sign with HS256"},
		{{"JWT_SIGNING_ALGORITHM=none"}, "expected one of: ES256 RS256 EdDSA HS256"},
		{{"TLS_CERT_FILE=/dev/null"}, "server.tls.key_file: missing"},
		{{"TLS_KEY_FILE=/nonexistent"}, "/nonexistent: No such file"},
		{{"TLS_KEY_FILE=/dev/zero"}, "not a regular file"},
		{{"ENVIRONMENT=production"}, "production needs an https URL"},
		{{"BASE_URL=ftp://x"}, "expected http:// or https:// and a host"},
		{{"BASE_URL=localhost"}, "expected http:// or https:// and a host"},
		{{"BASE_URL=https://x/?a=b"}, "expected no query"},
		{{"SERVER_ADDR=8080"}, "expected host:port"},
		{{"SERVER_ADDR=:99999"}, "expected host:port"},
		{{"SERVER_ADDR=::1:80"}, "expected host:port"},
		{{"SERVER_ADDR=[::1:80"}, "expected host:port"},
		{{"TRUSTED_PROXIES=10.0.0.0/8,ten"}, "got \"ten\""},
		{{"CORS_ENABLED=true"}, "cors.origins: missing"},
		{{"CORS_ALLOWED_ORIGINS=https://a/b"}, "expected origins"},
		{{"DEVICE_POLL_INTERVAL=60s", "DEVICE_CODE_EXPIRATION=45s"}, "must be shorter"},
		{{"SESSION_MAX_AGE=1"}, "expected seconds or a duration"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < countof(cases); i++) {
		const char *variables[5] = {GOOD};

		for (size_t j = 0; j < 3 && cases[i].variables[j]; j++)
			variables[j + 1] = cases[i].variables[j];
		assert_err(load_env(f, variables), ERR_CONFIG);
		assert_problem(f, cases[i].told);
	}
}

static void
test_good_addresses_are_taken(void **state)
{
	struct fixture *f = *state;

	assert_ok(
		load_env(f, VARIABLES(GOOD, "SERVER_ADDR=[::1]:0", "TRUSTED_PROXIES=10.0.0.0/8 ::1",
				    "BASE_URL=https://a.example//", "ENVIRONMENT=production")));
	assert_str(f->result.config.base_url, "https://a.example");
}

static void
test_waiting_for_another_server_has_an_end_that_is_told(void **state)
{
	struct fixture *f = *state;

	assert_ok(load_env(f, VARIABLES(GOOD, "OAUTH_TIMEOUT=11s", "HTTP_API_TIMEOUT=1m",
				      "TOKEN_API_TIMEOUT=10s")));
	assert_int_equal(lines(&f->result.warnings), 2);
	assert_told(&f->result.warnings, "oauth.timeout: works as 10s");
	assert_told(&f->result.warnings, "http_api.timeout: works as 10s");
}

static void
test_variables_of_the_original_that_we_do_not_read_are_named_once(void **state)
{
	struct fixture *f = *state;

	assert_ok(load_env(f, VARIABLES(GOOD, "REDIS_CONN_TIMEOUT=5s", "TOKEN_CACHE_TTL=hunter2",
				      "REDIS_CLOSE_TIMEOUT=", "HOME=/")));
	assert_int_equal(lines(&f->result.warnings), 2);
	assert_told(&f->result.warnings, "REDIS_CONN_TIMEOUT is set, but");
	assert_null(strstr(f->result.warnings.p, "hunter2"));
}

static void
test_a_problem_line_is_one_line_whatever_the_value(void **state)
{
	struct fixture *f = *state;

	assert_err(load_env(f, VARIABLES(GOOD, "LOG_LEVEL=a\nb\x1b[31m")), ERR_CONFIG);
	assert_int_equal(lines(&f->result.problems), 1);
	assert_problem(f, "got \"a?b?[31m\"");
}

/* ---- documents ---- */

static void
test_the_example_file_loads_as_the_defaults_also_uncommented(void **state)
{
	struct fixture *f = *state;
	struct buf yaml;
	char *plain;

	buf_init(&yaml, &f->arena, 1 << 20);
	config_write_yaml(&yaml);
	assert_true(buf_ok(&yaml));
	assert_ok(load_yaml(f, yaml.p));
	/* "#key: value" becomes "key: value"; prose has a space behind the '#'. */
	plain = arena_alloc(&f->arena, yaml.n + 1);
	for (size_t i = 0, n = 0; i < yaml.n; i++)
		if (yaml.p[i] != '#' || yaml.p[i + 1] == ' ')
			plain[n++] = yaml.p[i];
	assert_ok(load_yaml(f, plain));
	assert_int_equal(f->result.origins[CONFIG_KEY_cors_max_age_s].source, CONFIG_FROM_YAML);
	assert_str(f->result.config.server_addr, ":8080");
}

static void
assert_committed(struct fixture *f, const char *path, void (*write_document)(struct buf *))
{
	struct loader l = {.arena = &f->arena, .result = &f->result};
	struct buf fresh;
	struct str committed;

	buf_init(&fresh, &f->arena, 1 << 20);
	write_document(&fresh);
	assert_ok(config_file_read(&l, path, CONFIG_FILE_MAX, &committed));
	if (!str_eq(buf_str(&fresh), committed))
		fail_msg("%s is stale: make it again as config.def says", path);
}

static void
test_the_committed_documents_are_fresh(void **state)
{
	struct fixture *f = *state;

	assert_committed(f, "configs/authgate.yaml", config_write_yaml);
	assert_committed(f, "docs/CONFIGURATION.md", config_write_manual);
}

static void
test_printing_masks_secrets_and_shows_origins(void **state)
{
	struct fixture *f = *state;
	struct buf out;

	assert_ok(load_env(f, VARIABLES(GOOD, "SERVER_LOOPS=3")));
	buf_init(&out, &f->arena, 1 << 20);
	config_write_values(&f->arena, &out, &f->result);
	config_write_json(&f->arena, &out, &f->result);
	assert_null(strstr(out.p, GOOD_SECRET));
	assert_told(&out, "(set, 32 bytes)");
	assert_told(&out, "environment SERVER_LOOPS");
}

static void
test_distance_counts_a_swap_as_one(void **state)
{
	(void)state;
	assert_int_equal(edit_distance(STR("sevrer"), STR("server")), 1);
	assert_int_equal(edit_distance(STR("srvr"), STR("server")), 2);
	assert_int_equal(edit_distance(STR(""), STR("abc")), 3);
	assert_int_equal(edit_distance(STR("ADDR"), STR("addr")), 0);
}

static void
test_names_in_the_table_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(config_keys[i].path, config_keys[j].path);
			assert_string_not_equal(config_keys[i].env, config_keys[j].env);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults_load_with_a_session_secret),
		TEST(test_stronger_sources_win),
		TEST(test_an_empty_variable_counts_as_absent),
		TEST(test_a_yaml_list_and_a_comma_list_are_the_same),
		TEST(test_seconds_take_a_number_or_a_duration),
		TEST(test_dotenv_knows_comments_export_and_quotes),
		TEST(test_a_bad_line_of_dotenv_is_told_without_its_text),
		TEST(test_a_dotenv_that_anybody_may_write_is_refused),
		TEST(test_yaml_problems_have_line_and_column),
		TEST(test_all_problems_are_told_at_once),
		TEST(test_empty_and_null_yaml_leave_the_defaults),
		TEST(test_a_yaml_file_has_a_limit_and_must_exist),
		TEST(test_a_missing_session_secret_says_how_to_make_one),
		TEST(test_weak_secrets_are_refused_and_never_repeated),
		TEST(test_a_secret_comes_from_its_file_without_the_line_end),
		TEST(test_a_secret_file_must_be_private_present_and_the_only_source),
		TEST(test_a_secret_is_not_taken_from_a_flag),
		TEST(test_keys_that_do_not_fit_each_other_are_told),
		TEST(test_good_addresses_are_taken),
		TEST(test_waiting_for_another_server_has_an_end_that_is_told),
		TEST(test_variables_of_the_original_that_we_do_not_read_are_named_once),
		TEST(test_a_problem_line_is_one_line_whatever_the_value),
		TEST(test_the_example_file_loads_as_the_defaults_also_uncommented),
		TEST(test_the_committed_documents_are_fresh),
		TEST(test_printing_masks_secrets_and_shows_origins),
		TEST(test_distance_counts_a_swap_as_one),
		TEST(test_names_in_the_table_are_unique),
	};

	return RUN(tests);
}
