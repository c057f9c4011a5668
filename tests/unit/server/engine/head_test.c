#include "tests/support/check.h"

#include "server/engine/head.h"

static enum err
judge(const char *text)
{
	return head_check(str_of(text));
}

static void
test_an_ordinary_head_passes(void **state)
{
	(void)state;
	assert_ok(judge("GET /livez?x=1 HTTP/1.1\r\nHost: a\r\nUser-Agent: b c\r\n\r\n"));
	assert_ok(judge("POST / HTTP/1.1\r\nhost: a\r\nContent-Length: 5\r\n\r\nhello"));
	assert_ok(
		judge("POST / HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"));
	assert_ok(judge("GET / HTTP/1.0\r\n\r\n"));
	assert_ok(judge("\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n"));
}

static void
test_what_has_two_readings_is_refused(void **state)
{
	static const char *const heads[] = {
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: "
		"chunked\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
		"Transfer-Encoding: chunked\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n",
		"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n",
		"GET / HTTP/1.1\nHost: a\n\n",
		"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n: empty name\r\n\r\n",
		"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
		"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
		"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /# HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n",
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
		assert_err(judge(heads[i]), ERR_INVALID_REQUEST);
}

static void
test_a_nul_is_refused(void **state)
{
	static const char bytes[] = "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n";

	(void)state;
	assert_err(head_check((struct str){bytes, sizeof bytes - 1}), ERR_INVALID_REQUEST);
}

static void
test_connect_and_trace_are_no_methods_here(void **state)
{
	(void)state;
	assert_err(judge("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), ERR_METHOD_NOT_ALLOWED);
	assert_err(judge("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"), ERR_METHOD_NOT_ALLOWED);
}

static void
test_sizes_are_bounded(void **state)
{
	struct arena a = {0};
	char *fill = arena_alloc(&a, HEAD_MAX + 1);

	(void)state;
	memset(fill, 'a', HEAD_MAX);
	assert_err(
		judge(arena_printf(&a, "GET /%.*s HTTP/1.1\r\nHost: a\r\n\r\n", TARGET_MAX, fill)),
		ERR_URI_TOO_LONG);
	assert_ok(judge(
		arena_printf(&a, "GET /%.*s HTTP/1.1\r\nHost: a\r\n\r\n", TARGET_MAX - 1, fill)));
	assert_err(judge(arena_printf(&a, "GET /%s HTTP/1.1\r\nHost: a\r\n\r\n", fill)),
		ERR_URI_TOO_LONG);
	assert_err(judge(arena_printf(&a, "GET / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n", fill)),
		ERR_HEAD_TOO_LARGE);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_ordinary_head_passes),
		cmocka_unit_test(test_what_has_two_readings_is_refused),
		cmocka_unit_test(test_a_nul_is_refused),
		cmocka_unit_test(test_connect_and_trace_are_no_methods_here),
		cmocka_unit_test(test_sizes_are_bounded),
	};

	return RUN(tests);
}
