/* Handing over: which messages are taken, and from whom. */
#include "server/engine/handover.h"

#include "tests/support/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PLACE = 3 };

static struct diag diag;

static void
send_word(int to, const char *word, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	char text[64];
	struct iovec vector = {text, strlen(word)};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};

	memcpy(text, word, strlen(word));
	if (fd >= 0) {
		control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof control.bytes;
	}
	assert_int_equal(sendmsg(to, &message, 0), (int)strlen(word));
}

static int
listening(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* What is between the two; the descriptor that the new one finds is PLACE. */
static int
between(void)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	/* Closing all above PLACE must leave the other end, too: it moves below. */
	assert_int_equal(dup2(pair[0], STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(dup2(pair[1], PLACE), PLACE);
	for (int i = 0; i < 2; i++)
		if (pair[i] > PLACE)
			(void)close(pair[i]);
	assert_int_equal(setenv("AUTHGATE_HANDOVER", "3", 1), 0);
	return STDIN_FILENO;
}

static void
test_nobody_is_followed_unless_the_variable_says_so(void **state)
{
	struct predecessor *p = NULL;

	(void)state;
	(void)unsetenv("AUTHGATE_HANDOVER");
	assert_ok(handover_receive(&p, &diag));
	assert_null(p);
	assert_false(handover_goes_on(p));
}

static void
test_sockets_are_taken_until_all_are_there(void **state)
{
	struct predecessor *p = NULL;
	int other = between(), one = listening(), two = listening();

	(void)state;
	assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
	send_word(other, "authgate handover 1", -1);
	send_word(other, "http", one);
	send_word(other, "http", two);
	send_word(other, "all", -1);
	assert_ok(handover_receive(&p, &diag));
	assert_int_equal(handover_count(p), 2);
	assert_null(getenv("AUTHGATE_HANDOVER"));
	assert_null(getenv("WATCHDOG_PID"));
	assert_int_equal(handover_admin_socket(p, STR("/nowhere")), -1);
	send_word(other, "go", -1);
	handover_serving(p);
	assert_true(handover_goes_on(p));
	(void)close(other);
	assert_false(handover_goes_on(p));
	assert_false(handover_goes_on(p));
	handover_end(p);
}

static void
test_what_is_no_socket_that_listens_is_refused(void **state)
{
	static const struct {
		const char *words[4];
		bool gives;
	} wrong[] = {
		{{"authgate handover 2", "all"}, false},
		{{"authgate handover 1", "all"}, false},
		{{"authgate handover 1", "http", "all"}, false},
		{{"authgate handover 1", "other", "all"}, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct predecessor *p = NULL;
		int other = between();

		for (size_t j = 0; wrong[i].words[j]; j++)
			send_word(other, wrong[i].words[j],
				wrong[i].gives && j == 1 ? listening() : -1);
		assert_int_equal(handover_receive(&p, &diag), ERR_CONFIG);
		assert_null(p);
	}
}

static void
test_the_program_is_found_and_known_again(void **state)
{
	char *program = handover_program();

	(void)state;
	assert_non_null(program);
	assert_false(handover_program_is_new(program));
	assert_true(handover_program_is_new("/bin/sh"));
	assert_false(handover_program_is_new("/nowhere/authgate"));
	assert_false(handover_program_is_new(NULL));
	free(program);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_is_followed_unless_the_variable_says_so),
		cmocka_unit_test(test_sockets_are_taken_until_all_are_there),
		cmocka_unit_test(test_what_is_no_socket_that_listens_is_refused),
		cmocka_unit_test(test_the_program_is_found_and_known_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
