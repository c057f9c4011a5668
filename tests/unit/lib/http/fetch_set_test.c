/* Several requests at the same time. */
#include "lib/http/fetch.h"

#include "lib/base/clock.h"
#include "tests/support/check.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <unistd.h>

enum { PEERS = 8 };

struct peer {
	int listener, port;
	pthread_t thread;
};

static void
open_peer(struct peer *p)
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

static void *
answer(void *arg)
{
	const struct peer *p = arg;
	static const char head[] =
		"HTTP/1.1 429 No\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nhi";
	char request[1024];
	int c = accept(p->listener, NULL, NULL);

	(void)!read(c, request, sizeof request);
	(void)!write(c, head, sizeof head - 1);
	(void)close(c);
	return NULL;
}

/* The last peer answers; the others accept in the kernel and say nothing. */
static void
test_who_answers_is_heard_before_who_does_not(void **state)
{
	struct peer peers[PEERS];
	struct fetch_request requests[PEERS];
	struct fetch_call *calls[PEERS];
	struct arena arena = {0};
	struct fetch_set *set;
	struct fetch_reply reply;
	bool readable;
	int64_t until_us = clock_monotonic_us() + 20 * 1000 * 1000;

	(void)state;
	assert_ok(fetch_set_new(&set, NULL));
	for (size_t i = 0; i < PEERS; i++) {
		open_peer(&peers[i]);
		requests[i] = (struct fetch_request){.timeout_ms = 300,
			.url = str_printf(&arena, "http://127.0.0.1:%d/", peers[i].port)};
		if (i == PEERS - 1)
			assert_int_equal(
				pthread_create(&peers[i].thread, NULL, answer, &peers[i]), 0);
		assert_ok(fetch_begin(set, &arena, &requests[i], &calls[i], NULL));
	}
	while (!fetch_is_over(calls[PEERS - 1])) {
		assert_true(clock_monotonic_us() < until_us);
		assert_ok(fetch_wait(set, -1, 100, &readable));
	}
	assert_ok(fetch_result(calls[PEERS - 1], &reply, NULL));
	assert_int_equal(reply.status, 429);
	assert_int_equal(reply.retry_after_s, 7);
	assert_str(reply.body, "hi");
	for (size_t i = 0; i < PEERS - 1; i++) {
		while (!fetch_is_over(calls[i]) && clock_monotonic_us() < until_us)
			assert_ok(fetch_wait(set, -1, 100, &readable));
		assert_err(fetch_result(calls[i], &reply, NULL), ERR_NETWORK);
		assert_int_equal(reply.status, 0);
		(void)close(peers[i].listener);
	}
	(void)pthread_join(peers[PEERS - 1].thread, NULL);
	(void)close(peers[PEERS - 1].listener);
	fetch_set_free(set);
	arena_free(&arena);
}

static void
test_what_is_under_way_can_be_given_up(void **state)
{
	struct peer peer;
	struct fetch_request request = {.timeout_ms = 60000};
	struct arena arena = {0};
	struct fetch_set *set;
	struct fetch_call *call;
	bool readable;

	(void)state;
	open_peer(&peer);
	request.url = str_printf(&arena, "http://127.0.0.1:%d/", peer.port);
	assert_ok(fetch_set_new(&set, NULL));
	assert_ok(fetch_begin(set, &arena, &request, &call, NULL));
	assert_ok(fetch_wait(set, -1, 20, &readable));
	assert_false(fetch_is_over(call));
	fetch_end(call);
	fetch_set_free(set);
	(void)close(peer.listener);
	arena_free(&arena);
}

/* The listener is on loopback and would be heard. */
static void
test_a_strangers_address_does_not_lead_here(void **state)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"};
	struct peer peer;
	struct arena arena = {0};
	struct fetch_reply reply;

	(void)state;
	open_peer(&peer);
	for (size_t i = 0; i < countof(hosts); i++) {
		struct fetch_request request = {.by_stranger = true,
			.allow_http = true,
			.url = str_printf(&arena, "http://%s:%d/", hosts[i], peer.port)};

		assert_err(fetch(&arena, &request, &reply, NULL), ERR_FORBIDDEN);
	}
	(void)close(peer.listener);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_answers_is_heard_before_who_does_not),
		cmocka_unit_test(test_what_is_under_way_can_be_given_up),
		cmocka_unit_test(test_a_strangers_address_does_not_lead_here),
	};

	return RUN(tests);
}
