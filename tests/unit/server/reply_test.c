#include "tests/support/check.h"

#include "server/gate/cors.h"
#include "server/gate/limit.h"
#include "server/gate/session.h"
#include "server/reply.h"
#include "server/server.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct world {
	struct config config;
	struct server server;
	struct route route;
	struct header header;
	struct exchange x;
};

static struct world *
new_world(enum error_style style)
{
	static struct world w;

	memset(&w, 0, sizeof w);
	exchange_reset(&w.x);
	w.route.errors = style;
	w.x.cx.config = &w.config;
	w.x.server = &w.server;
	w.x.route = &w.route;
	w.x.request.headers = &w.header;
	return &w;
}

static void
send(struct world *w, const char *name, struct str value)
{
	w->header = (struct header){str_of(name), value};
	w->x.request.header_count = 1;
}

static struct str
got(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->x.reply.header_count; i++)
		if (str_is(w->x.reply.headers[i].name, name))
			return w->x.reply.headers[i].value;
	return STR_NONE;
}

static void
test_an_oauth_error_is_json_with_the_problem(void **state)
{
	struct world *w = new_world(ERRORS_OAUTH);

	(void)state;
	reply_error(&w->x, exchange_problem(&w->x, ERR_INVALID_SCOPE, "no \"%s\"", "x"));
	assert_int_equal(w->x.reply.status, 400);
	assert_str(w->x.reply.body,
		"{\"error\":\"invalid_scope\",\"error_description\":\"no \\\"x\\\"\"}");
	arena_free(&w->x.arena);
}

static void
test_a_failure_of_ours_is_not_explained_by_a_problem_of_the_request(void **state)
{
	struct world *w = new_world(ERRORS_PLAIN);

	(void)state;
	w->x.cx.problem = STR("the username is taken");
	reply_error(&w->x, ERR_STORE);
	assert_str(w->x.reply.body, "The server cannot reach its database at the moment. Try again "
				    "in a few seconds.\n");
	arena_free(&w->x.arena);
}

static enum err
change_nothing(struct store *s, void *arg)
{
	(void)s;
	(void)arg;
	return ERR_CONFLICT;
}

static void
test_a_change_that_fails_is_not_explained_by_what_was_said_before(void **state)
{
	struct world *w = new_world(ERRORS_PLAIN);

	(void)state;
	w->x.cx.problem = STR("the client is not waiting for approval");
	assert_ok(exchange_commit(&w->x, change_nothing, NULL));
	reply_error(&w->x, ERR_NOT_FOUND);
	assert_str(w->x.reply.body, "There is nothing at this address.\n");
	arena_free(&w->x.arena);
}

/* A refusal that has to be written down: its reply is made, and the log tells why. */
static void
test_a_refusal_that_is_committed_keeps_its_problem(void **state)
{
	struct world *w = new_world(ERRORS_PLAIN);

	(void)state;
	reply_error(&w->x, exchange_problem(&w->x, ERR_INVALID_GRANT, "the code is used"));
	assert_ok(exchange_commit(&w->x, change_nothing, NULL));
	assert_str(w->x.cx.problem, "the code is used");
	arena_free(&w->x.arena);
}

static void
test_a_reply_of_what_is_no_answer_ends_the_process(void **state)
{
	static const enum err not_answers[] = {ERR_NO_ROW, ERR_OTHER_LANE};
	struct world *w = new_world(ERRORS_PLAIN);

	(void)state;
	for (size_t i = 0; i < countof(not_answers); i++) {
		int status = 0;
		pid_t child = fork();

		if (!child) {
			(void)signal(SIGABRT, SIG_DFL);
			(void)close(STDERR_FILENO);
			reply_error(&w->x, not_answers[i]);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}

static void
test_an_error_throws_the_earlier_reply_away(void **state)
{
	struct world *w = new_world(ERRORS_PLAIN);

	(void)state;
	assert_ok(reply_redirect(&w->x, STR("/secret")));
	reply_error(&w->x, ERR_BUSY);
	assert_int_equal(w->x.reply.status, 503);
	assert_true(str_empty(got(w, "location")));
	assert_str(got(w, "retry-after"), "1");
	arena_free(&w->x.arena);
}

static void
test_who_fails_to_authenticate_is_told_the_scheme_wherever_the_credentials_were(void **state)
{
	struct world *w = new_world(ERRORS_OAUTH);

	(void)state;
	reply_error(&w->x, ERR_INVALID_CLIENT);
	assert_str(got(w, "www-authenticate"), "Basic realm=\"authgate\"");
	send(w, "authorization", STR("Basic YTpi"));
	reply_error(&w->x, ERR_INVALID_CLIENT);
	assert_str(got(w, "www-authenticate"), "Basic realm=\"authgate\"");
	arena_free(&w->x.arena);
}

static void
test_a_line_break_cannot_make_a_header(void **state)
{
	struct world *w = new_world(ERRORS_PAGE);

	(void)state;
	assert_ok(reply_redirect(&w->x, STR("/a\r\nset-cookie: x=y")));
	assert_int_equal(w->x.reply.header_count, 0);
	arena_free(&w->x.arena);
}

static void
test_waiting_is_told_in_whole_seconds(void **state)
{
	struct world *w = new_world(ERRORS_PLAIN);

	(void)state;
	reply_error(&w->x, reply_retry_after(&w->x, 1001));
	assert_int_equal(w->x.reply.status, 429);
	assert_str(got(w, "retry-after"), "2");
	assert_str(w->x.reply.body, "Too many requests; try again in 2 seconds.\n");
	reply_error(&w->x, reply_retry_after(&w->x, 60001));
	assert_str(got(w, "retry-after"), "61");
	assert_str(w->x.reply.body, "Too many requests; try again in 2 minutes.\n");
	arena_free(&w->x.arena);
}

static struct str
origin_allowed_for(struct world *w, struct str origins, struct str origin)
{
	w->config.cors_enabled = true;
	w->config.cors_origins = origins;
	w->x.reply.header_count = 0;
	send(w, "origin", origin);
	cors_allow(&w->x);
	return got(w, "access-control-allow-origin");
}

static void
test_only_exact_origins_may_read(void **state)
{
	struct world *w = new_world(ERRORS_OAUTH);
	struct str list = STR("https://a.example https://b.example null");

	(void)state;
	assert_str(origin_allowed_for(w, list, STR("https://b.example")), "https://b.example");
	assert_true(str_empty(origin_allowed_for(w, list, STR("https://a.example.evil"))));
	assert_true(str_empty(origin_allowed_for(w, list, STR("https://evil"))));
	assert_true(str_empty(origin_allowed_for(w, list, STR("null"))));
	assert_str(origin_allowed_for(w, STR("*"), STR("https://evil")), "*");
	assert_true(str_empty(got(w, "access-control-allow-credentials")));
	arena_free(&w->x.arena);
}

static void
test_a_session_cookie_has_every_attribute(void **state)
{
	struct world *w = new_world(ERRORS_PAGE);
	struct session session;
	struct str cookie;

	(void)state;
	w->server.https = true;
	w->config.session_max_age_s = 60;
	assert_ok(session_start(&w->x, (struct id){{1}}, &session));
	assert_int_equal(session.expires_ms, 60 * 1000);
	cookie = got(w, "set-cookie");
	assert_true(str_starts(cookie, STR("__Host-authgate=")));
	assert_true(str_ends(cookie, STR("; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure")));
	w->x.reply.header_count = 0;
	session_end(&w->x);
	assert_str(got(w, "set-cookie"),
		"__Host-authgate=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
	arena_free(&w->x.arena);
}

static void
test_a_cookie_given_twice_is_none(void **state)
{
	struct world *w = new_world(ERRORS_PAGE);

	(void)state;
	send(w, "cookie", STR("a=1; b=2;c = 3"));
	assert_str(request_cookie(&w->x.request, "b"), "2");
	assert_str(request_cookie(&w->x.request, "c"), "3");
	assert_true(str_empty(request_cookie(&w->x.request, "d")));
	send(w, "cookie", STR("a=1; b=2; a=3"));
	assert_true(str_empty(request_cookie(&w->x.request, "a")));
	send(w, "cookie", STR("a=; a=3"));
	assert_true(str_empty(request_cookie(&w->x.request, "a")));
}

static void
test_a_limit_without_burst_bursts_by_itself(void **state)
{
	struct config config = {.token_limit = 20, .login_limit = 5, .login_burst = 2};
	struct limit_rule rule = limit_rule(&config, LIMIT_TOKEN);

	(void)state;
	assert_int_equal(rule.period_ms, 3000);
	assert_int_equal(rule.burst, 20);
	assert_int_equal(limit_rule(&config, LIMIT_LOGIN).burst, 2);
	assert_int_equal(limit_rule(&config, LIMIT_CLIENT).period_ms, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_oauth_error_is_json_with_the_problem),
		cmocka_unit_test(
			test_a_failure_of_ours_is_not_explained_by_a_problem_of_the_request),
		cmocka_unit_test(test_a_change_that_fails_is_not_explained_by_what_was_said_before),
		cmocka_unit_test(test_a_refusal_that_is_committed_keeps_its_problem),
		cmocka_unit_test(test_a_reply_of_what_is_no_answer_ends_the_process),
		cmocka_unit_test(test_an_error_throws_the_earlier_reply_away),
		cmocka_unit_test(
			test_who_fails_to_authenticate_is_told_the_scheme_wherever_the_credentials_were),
		cmocka_unit_test(test_a_line_break_cannot_make_a_header),
		cmocka_unit_test(test_waiting_is_told_in_whole_seconds),
		cmocka_unit_test(test_only_exact_origins_may_read),
		cmocka_unit_test(test_a_session_cookie_has_every_attribute),
		cmocka_unit_test(test_a_cookie_given_twice_is_none),
		cmocka_unit_test(test_a_limit_without_burst_bursts_by_itself),
	};

	return RUN(tests);
}
