#include "lib/http/fetch.h"

#include "tests/support/check.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <unistd.h>

/* One connection, one canned answer. */
struct peer {
	int listener;
	int port;
	const char *head;
	size_t body_size;
	char request[4096];
	pthread_t thread;
};

/* Head and body may come one after the other. */
static void
read_request(struct peer *p, int c)
{
	size_t size = 0;
	ssize_t n;

	do {
		n = read(c, p->request + size, sizeof p->request - 1 - size);
		size += n > 0 ? (size_t)n : 0;
		p->request[size] = '\0';
	} while (n > 0 && !strstr(p->request, "\r\n\r\n"));
}

/* What is closed with bytes unread is reset, and the answer is lost with it. */
static void
read_to_the_end(int c)
{
	char rest[4096];

	(void)shutdown(c, SHUT_WR);
	while (read(c, rest, sizeof rest) > 0)
		;
}

static void *
serve(void *arg)
{
	struct peer *p = arg;
	static const char filler[4096];
	int c = accept(p->listener, NULL, NULL);

	if (c < 0)
		return NULL;
	read_request(p, c);
	(void)send(c, p->head, strlen(p->head), MSG_NOSIGNAL);
	for (size_t sent = 0; sent < p->body_size; sent += sizeof filler)
		if (send(c, filler, sizeof filler, MSG_NOSIGNAL) < 0)
			break;
	read_to_the_end(c);
	(void)close(c);
	return NULL;
}

static void
listen_on_any_port(struct peer *p)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;

	p->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(p->listener, 1), 0);
	assert_int_equal(getsockname(p->listener, (struct sockaddr *)&address, &size), 0);
	p->port = ntohs(address.sin_port);
}

static enum err
exchange(struct arena *arena, struct peer *p, struct fetch_request request,
	struct fetch_reply *reply, struct diag *diag)
{
	enum err e;

	listen_on_any_port(p);
	assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
	request.url = str_printf(arena, "http://127.0.0.1:%d/a?secret=1", p->port);
	e = fetch(arena, &request, reply, diag);
	(void)pthread_join(p->thread, NULL);
	(void)close(p->listener);
	return e;
}

static void
test_body_and_type_of_the_answer_are_handed_out(void **state)
{
	struct peer p = {
		.head = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
			"Content-Length: 2\r\n\r\n{}"};
	struct fetch_reply reply;
	struct arena arena = {0};

	(void)state;
	assert_ok(exchange(&arena, &p, (struct fetch_request){0}, &reply, NULL));
	assert_int_equal(reply.status, 200);
	assert_str(reply.body, "{}");
	assert_str(reply.content_type, "application/json; charset=utf-8");
	assert_non_null(strstr(p.request, "GET /a?secret=1 HTTP/1.1\r\n"));
	assert_non_null(strstr(p.request, "User-Agent: authgate/"));
	arena_free(&arena);
}

static void
test_form_is_posted_with_its_type_and_the_token_in_a_header(void **state)
{
	struct peer p = {.head = "HTTP/1.1 204 No Content\r\n\r\n"};
	struct fetch_reply reply;
	struct arena arena = {0};

	(void)state;
	assert_ok(exchange(&arena, &p,
		(struct fetch_request){.form = STR("a=b"), .bearer = STR("t0ken")}, &reply, NULL));
	assert_int_equal(reply.status, 204);
	assert_non_null(strstr(p.request, "POST "));
	assert_non_null(strstr(p.request, "Content-Type: application/x-www-form-urlencoded\r\n"));
	assert_non_null(strstr(p.request, "Authorization: Bearer t0ken\r\n"));
	arena_free(&arena);
}

static void
test_a_version_is_sent_and_handed_out(void **state)
{
	struct peer p = {.head = "HTTP/1.1 204 No Content\r\nETag: \"7\"\r\n\r\n"};
	struct fetch_request request = {
		.method = STR("PATCH"), .json = STR("{}"), .if_match = STR("\"6\"")};
	struct fetch_reply reply;
	struct arena arena = {0};

	(void)state;
	assert_ok(exchange(&arena, &p, request, &reply, NULL));
	assert_str(reply.etag, "\"7\"");
	assert_non_null(strstr(p.request, "If-Match: \"6\"\r\n"));
	request.if_match = STR("a\r\nb");
	request.url = STR("http://127.0.0.1:1/");
	assert_err(fetch(&arena, &request, &reply, NULL), ERR_MALFORMED);
	arena_free(&arena);
}

/* A key comes while the answer does not: the screen goes on, and the answer comes later. */
static void
test_a_screen_waits_for_keys_and_for_the_answer(void **state)
{
	struct peer p = {.head = "HTTP/1.1 204 No Content\r\n\r\n"};
	struct fetch_request request = {0};
	struct fetch_set *set;
	struct fetch_call *call, *given_up;
	struct fetch_reply reply;
	struct arena arena = {0};
	bool has_key = false;
	int keys[2];

	(void)state;
	assert_int_equal(pipe(keys), 0);
	listen_on_any_port(&p);
	request.url = str_printf(&arena, "http://127.0.0.1:%d/../a/./b", p.port);
	assert_ok(fetch_set_new(&set, NULL));
	assert_ok(fetch_begin(set, &arena, &request, &call, NULL));
	assert_ok(fetch_begin(set, &arena, &request, &given_up, NULL));
	fetch_end(given_up);
	assert_int_equal(write(keys[1], "k", 1), 1);
	while (!has_key)
		assert_ok(fetch_wait(set, keys[0], 10000, &has_key));
	assert_false(fetch_is_over(call));
	assert_int_equal(pthread_create(&p.thread, NULL, serve, &p), 0);
	while (!fetch_is_over(call))
		assert_ok(fetch_wait(set, -1, 10000, &has_key));
	assert_ok(fetch_result(call, &reply, NULL));
	assert_int_equal(reply.status, 204);
	assert_non_null(strstr(p.request, "GET /../a/./b HTTP/1.1\r\n"));
	fetch_set_free(set);
	(void)pthread_join(p.thread, NULL);
	(void)close(p.listener);
	(void)close(keys[0]);
	(void)close(keys[1]);
	arena_free(&arena);
}

static void
test_redirect_is_not_followed(void **state)
{
	struct peer p = {.head = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
				 "Content-Length: 0\r\n\r\n"};
	struct fetch_reply reply;
	struct arena arena = {0};

	(void)state;
	assert_ok(exchange(&arena, &p, (struct fetch_request){0}, &reply, NULL));
	assert_int_equal(reply.status, 302);
	arena_free(&arena);
}

static void
test_endless_answer_is_cut(void **state)
{
	struct peer p = {.head = "HTTP/1.1 200 OK\r\n\r\n", .body_size = 4 << 20};
	struct fetch_reply reply;
	struct arena arena = {0};
	struct diag diag;

	(void)state;
	assert_err(exchange(&arena, &p, (struct fetch_request){0}, &reply, &diag), ERR_TOO_LONG);
	assert_non_null(strstr(diag.text, "127.0.0.1"));
	assert_null(strstr(diag.text, "secret"));
	arena_free(&arena);
}

static void
test_plain_http_to_another_host_is_refused(void **state)
{
	struct fetch_request request = {.url = STR("http://auth.example.com/token?code=s3cret")};
	struct fetch_reply reply;
	struct arena arena = {0};
	struct diag diag;

	(void)state;
	assert_err(fetch(&arena, &request, &reply, &diag), ERR_FORBIDDEN);
	assert_non_null(strstr(diag.text, "auth.example.com"));
	assert_null(strstr(diag.text, "s3cret"));
	arena_free(&arena);
}

static void
test_odd_addresses_are_refused(void **state)
{
	static const char *const odd[] = {"", "auth.example.com", "file:///etc/passwd",
		"ftp://example.com/", "https://user@example.com/", "https://example.com/#f",
		"https:///x", "gopher://127.0.0.1/", "http://127.0.0.1.example.com/"};

	(void)state;
	for (size_t i = 0; i < countof(odd); i++)
		if (fetch_url_is_safe(str_of(odd[i])))
			fail_msg("accepted: %s", odd[i]);
	assert_true(fetch_url_is_safe(STR("https://example.com/")));
	assert_true(fetch_url_is_safe(STR("http://[::1]:8080/")));
}

static void
test_token_with_a_line_end_is_refused(void **state)
{
	struct fetch_request request = {
		.url = STR("http://127.0.0.1:1/"), .bearer = STR("t\r\nHost: evil")};
	struct fetch_reply reply;
	struct arena arena = {0};

	(void)state;
	assert_err(fetch(&arena, &request, &reply, NULL), ERR_MALFORMED);
	arena_free(&arena);
}

static void
test_nobody_listening_is_a_network_error_naming_the_host(void **state)
{
	struct fetch_request request = {.url = STR("http://127.0.0.1:1/")};
	struct fetch_reply reply;
	struct arena arena = {0};
	struct diag diag;

	(void)state;
	assert_err(fetch(&arena, &request, &reply, &diag), ERR_NETWORK);
	assert_non_null(strstr(diag.text, "127.0.0.1"));
	arena_free(&arena);
}

static void
test_waiting_ends_at_once_when_cancelled(void **state)
{
	struct fetch_request request = {0};
	struct peer p = {0};
	struct fetch_reply reply;
	struct arena arena = {0};
	int pipes[2];

	(void)state;
	listen_on_any_port(&p);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	request.url = str_printf(&arena, "http://127.0.0.1:%d/", p.port);
	request.cancel_fd = pipes[0];
	assert_err(fetch(&arena, &request, &reply, NULL), ERR_CANCELLED);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	(void)close(p.listener);
	arena_free(&arena);
}

static void
test_silent_server_is_given_up_after_the_timeout(void **state)
{
	struct fetch_request request = {.timeout_ms = 50};
	struct peer p = {0};
	struct fetch_reply reply;
	struct arena arena = {0};

	(void)state;
	listen_on_any_port(&p);
	request.url = str_printf(&arena, "http://127.0.0.1:%d/", p.port);
	assert_err(fetch(&arena, &request, &reply, NULL), ERR_NETWORK);
	(void)close(p.listener);
	arena_free(&arena);
}

static void
test_a_head_is_read_by_name_whatever_its_case(void **state)
{
	struct str head =
		STR("HTTP/1.1 200 OK\r\nCache-Control:  no-store \r\nx: 1\r\nX: 2\r\n\r\n");
	size_t count = 9;

	(void)state;
	assert_str(fetch_head_get(head, "cache-control", &count), "no-store");
	assert_int_equal(count, 1);
	assert_str(fetch_head_get(head, "X", &count), "1");
	assert_int_equal(count, 2);
	assert_str(fetch_head_get(head, "Vary", &count), "");
	assert_int_equal(count, 0);
	assert_str(fetch_head_get(STR_NONE, "Vary", NULL), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_head_is_read_by_name_whatever_its_case),
		cmocka_unit_test(test_body_and_type_of_the_answer_are_handed_out),
		cmocka_unit_test(test_form_is_posted_with_its_type_and_the_token_in_a_header),
		cmocka_unit_test(test_a_version_is_sent_and_handed_out),
		cmocka_unit_test(test_a_screen_waits_for_keys_and_for_the_answer),
		cmocka_unit_test(test_redirect_is_not_followed),
		cmocka_unit_test(test_endless_answer_is_cut),
		cmocka_unit_test(test_plain_http_to_another_host_is_refused),
		cmocka_unit_test(test_odd_addresses_are_refused),
		cmocka_unit_test(test_token_with_a_line_end_is_refused),
		cmocka_unit_test(test_nobody_listening_is_a_network_error_naming_the_host),
		cmocka_unit_test(test_waiting_ends_at_once_when_cancelled),
		cmocka_unit_test(test_silent_server_is_given_up_after_the_timeout),
	};

	return RUN(tests);
}
