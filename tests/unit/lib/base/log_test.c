#include "lib/base/log.h"
#include "tests/support/check.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char line[8192];

/* Logs go into this pipe; each line is shorter than what it holds. */
static int ends[2];

static const char *
read_line(void)
{
	ssize_t n = read(ends[0], line, sizeof line - 1);

	assert_true(n > 0);
	line[n] = '\0';
	return line;
}

static int
open_pipe(void **state)
{
	(void)state;
	return pipe(ends);
}

static int
close_pipe(void **state)
{
	(void)state;
	(void)close(ends[0]);
	(void)close(ends[1]);
	log_setup(LOG_LOGFMT, LOG_INFO, STDERR_FILENO);
	return 0;
}

/* What stands behind "k=" in logfmt for this value. */
static const char *
logged(struct str value)
{
	log_setup(LOG_LOGFMT, LOG_INFO, ends[1]);
	log_info("m", log_str("k", value));
	return strstr(read_line(), " k=") + 3;
}

static void
test_logfmt_line_has_time_level_message_and_fields(void **state)
{
	(void)state;
	log_setup(LOG_LOGFMT, LOG_INFO, ends[1]);
	log_warning("hello you", log_c("a", "plain"), log_c("b", "two words"), log_c("c", ""),
		log_i64("d", -7), log_i64("e", INT64_MIN), log_str("f", STR_NONE));
	(void)read_line();
	assert_memory_equal(line, "time=20", 7);
	assert_int_equal(line[strlen("time=2026-11-23T20:43:52.123")], 'Z');
	assert_string_equal(strchr(line, 'Z'),
		"Z level=warning msg=\"hello you\" a=plain b=\"two words\" c=\"\" d=-7 "
		"e=-9223372036854775808 f=\"\"\n");
}

static void
test_json_line_is_one_object(void **state)
{
	json_t *doc;

	(void)state;
	log_setup(LOG_JSON, LOG_INFO, ends[1]);
	log_error("m", log_c("s", "a\"b\\c\nd\te"), log_i64("i", 3));
	doc = json_loads(read_line(), 0, NULL);
	assert_non_null(doc);
	assert_string_equal(json_string_value(json_object_get(doc, "level")), "error");
	assert_string_equal(json_string_value(json_object_get(doc, "s")), "a\"b\\c\nd\te");
	assert_int_equal(json_integer_value(json_object_get(doc, "i")), 3);
	json_decref(doc);
}

static void
test_levels_under_the_least_are_silent(void **state)
{
	(void)state;
	log_setup(LOG_LOGFMT, LOG_WARNING, ends[1]);
	assert_false(log_enabled(LOG_INFO));
	assert_true(log_enabled(LOG_WARNING));
	log_info("no", log_i64("i", 1));
	log_debug("no", log_i64("i", 1));
	log_warning("yes", log_i64("i", 1));
	assert_non_null(strstr(read_line(), "msg=\"yes\""));
	assert_null(strstr(line, "no"));
}

static void
test_no_value_begins_a_line_or_a_field(void **state)
{
	(void)state;
	assert_string_equal(logged(STR("a\r\nlevel=error")), "\"a\\u000d\\nlevel=error\"\n");
	assert_string_equal(logged(STR("a b=c")), "\"a b=c\"\n");
	assert_string_equal(logged(STR("a=b")), "\"a=b\"\n");
	assert_string_equal(logged(STR("x\" k2=\"y")), "\"x\\\" k2=\\\"y\"\n");
	assert_string_equal(logged(STR("x\\")), "\"x\\\\\"\n");
	assert_string_equal(logged(STR("a\0b")), "\"a\\u0000b\"\n");
}

static void
test_no_value_moves_a_terminal(void **state)
{
	(void)state;
	assert_string_equal(logged(STR("\x1b[2J\x07\x7f")), "\"\\u001b[2J\\u0007\\u007f\"\n");
	assert_string_equal(logged(STR("\xc2\x9b"
				       "2J")),
		"\"\\u009b2J\"\n");
	assert_string_equal(logged(STR("\xc2\x85")), "\"\\u0085\"\n");
}

static void
test_separators_and_direction_marks_are_escaped(void **state)
{
	(void)state;
	assert_string_equal(logged(STR("a\xe2\x80\xa8"
				       "b\xe2\x80\xa9")),
		"\"a\\u2028b\\u2029\"\n");
	assert_string_equal(
		logged(STR("\xe2\x80\xae\xe2\x81\xa6\xd8\x9c")), "\"\\u202e\\u2066\\u061c\"\n");
}

static void
test_other_text_stays_and_broken_text_is_marked(void **state)
{
	(void)state;
	assert_string_equal(logged(STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")),
		"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"\n");
	assert_string_equal(logged(STR("\xff\xc3")), "\"\\ufffd\\ufffd\"\n");
	assert_string_equal(
		logged(STR("\xc0\xaf\xed\xa0\x80")), "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\"\n");
}

/* Every length of the first value around the end of the line, so that each
 * closing character once stands exactly there. */
static void
check_cut_lines(enum log_format format, char fill)
{
	static char text[4300];

	memset(text, fill, sizeof text);
	log_setup(format, LOG_INFO, ends[1]);
	for (size_t n = 600; n <= sizeof text; n += n > 3800 || n < 700 ? 1 : 50) {
		log_info("m", log_str("k", (struct str){text, n}), log_i64("i", 1234567),
			log_str("second", (struct str){text, 100}), log_c("third", "x y"));
		(void)read_line();
		assert_in_range(strlen(line), 100, 4096);
		assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
		if (format == LOG_JSON) {
			json_t *doc = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
			const char *third = json_string_value(json_object_get(doc, "third"));

			assert_non_null(doc);
			assert_true(json_is_true(json_object_get(doc, "truncated")) !=
				    (third && strcmp(third, "x y") == 0));
			json_decref(doc);
		} else {
			assert_true((strstr(line, " truncated=true\n") != NULL) !=
				    (strstr(line, "third=\"x y\"\n") != NULL));
		}
	}
}

/* CVE-2018-0608 */
static void
test_long_lines_are_cut_and_stay_whole(void **state)
{
	(void)state;
	check_cut_lines(LOG_JSON, 'x');
	check_cut_lines(LOG_JSON, '\n');
	check_cut_lines(LOG_JSON, '\x01');
	check_cut_lines(LOG_LOGFMT, 'x');
	check_cut_lines(LOG_LOGFMT, '"');
	check_cut_lines(LOG_LOGFMT, '\xff');
}

static void
test_many_fields_do_not_pass_the_end(void **state)
{
	static struct log_field fields[400];

	(void)state;
	for (size_t i = 0; i < countof(fields); i++)
		fields[i] = i % 2 ? log_c("key", "a value with words") : log_i64("i", -1);
	for (size_t format = LOG_LOGFMT; format <= LOG_JSON; format++) {
		log_setup((enum log_format)format, LOG_INFO, ends[1]);
		log_event(LOG_INFO, "m", fields, countof(fields));
		assert_in_range(strlen(read_line()), 3900, 4096);
		assert_non_null(strstr(line, "truncated"));
	}
}

static void
test_errno_survives(void **state)
{
	(void)state;
	log_setup(LOG_LOGFMT, LOG_INFO, -1);
	errno = ENOENT;
	log_info("lost", log_i64("i", 1));
	assert_int_equal(errno, ENOENT);
	log_setup(LOG_LOGFMT, LOG_INFO, ends[1]);
	log_info("found", log_i64("i", 1));
	(void)read_line();
}

static void *
log_a_hundred(void *text)
{
	for (int i = 0; i < 100; i++)
		log_info("m", log_str("k", (struct str){text, 900}));
	return NULL;
}

static void
test_lines_of_threads_do_not_mix(void **state)
{
	static char text[2][900];
	pthread_t threads[2];
	size_t lines = 0;
	FILE *in;

	(void)state;
	log_setup(LOG_LOGFMT, LOG_INFO, ends[1]);
	for (size_t i = 0; i < 2; i++) {
		memset(text[i], 'a' + (int)i, sizeof text[i]);
		assert_int_equal(pthread_create(&threads[i], NULL, log_a_hundred, text[i]), 0);
	}
	in = fdopen(dup(ends[0]), "r");
	while (lines < 200 && fgets(line, sizeof line, in)) {
		const char *value = strstr(line, " k=") + 3;

		assert_int_equal(strspn(value, (char[]){value[0], '\0'}), 900);
		assert_string_equal(value + 900, "\n");
		lines++;
	}
	(void)fclose(in);
	for (size_t i = 0; i < 2; i++)
		(void)pthread_join(threads[i], NULL);
	assert_int_equal(lines, 200);
}

/* Reads what there is: counts the lines, and adds up those that are told to be missing. */
static size_t
lines_waiting(uint64_t *told)
{
	struct pollfd in = {.fd = ends[0], .events = POLLIN};
	FILE *file = fdopen(dup(ends[0]), "r");
	size_t lines = 0;

	setvbuf(file, NULL, _IONBF, 0);
	while (poll(&in, 1, 0) > 0 && fgets(line, sizeof line, file)) {
		const char *missing = strstr(line, "nobody read the log\" lines=");

		if (missing)
			*told += strtoull(strrchr(missing, '=') + 1, NULL, 10);
		else
			lines++;
	}
	(void)fclose(file);
	return lines;
}

static void
test_a_reader_that_stands_still_keeps_nobody_waiting(void **state)
{
	static char text[900];
	uint64_t before = log_dropped(), told = 0;
	size_t written;

	(void)state;
	memset(text, 'a', sizeof text);
	log_setup(LOG_LOGFMT, LOG_INFO, ends[1]);
	for (int i = 0; i < 5000; i++)
		log_info("m", log_str("k", (struct str){text, sizeof text}));
	written = lines_waiting(&told);
	assert_in_range(written, 50, 4900);
	assert_int_equal(log_dropped() - before, 5000 - written);
	log_info("m", log_str("k", STR("again")));
	assert_int_equal(lines_waiting(&told), 1);
	assert_int_equal(told, 5000 - written);
	log_info("m", log_str("k", STR("once")));
	assert_int_equal(lines_waiting(&told), 1);
	assert_int_equal(told, 5000 - written);
}

static void
test_a_socket_that_nobody_reads_keeps_nobody_waiting(void **state)
{
	int pair[2];
	uint64_t before = log_dropped();

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	log_setup(LOG_LOGFMT, LOG_INFO, pair[1]);
	for (int i = 0; i < 20000; i++)
		log_info("m", log_i64("i", i));
	assert_true(log_dropped() > before);
	log_setup(LOG_LOGFMT, LOG_INFO, ends[1]);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logfmt_line_has_time_level_message_and_fields),
		cmocka_unit_test(test_json_line_is_one_object),
		cmocka_unit_test(test_levels_under_the_least_are_silent),
		cmocka_unit_test(test_no_value_begins_a_line_or_a_field),
		cmocka_unit_test(test_no_value_moves_a_terminal),
		cmocka_unit_test(test_separators_and_direction_marks_are_escaped),
		cmocka_unit_test(test_other_text_stays_and_broken_text_is_marked),
		cmocka_unit_test(test_long_lines_are_cut_and_stay_whole),
		cmocka_unit_test(test_many_fields_do_not_pass_the_end),
		cmocka_unit_test(test_errno_survives),
		cmocka_unit_test(test_lines_of_threads_do_not_mix),
		cmocka_unit_test(test_a_reader_that_stands_still_keeps_nobody_waiting),
		cmocka_unit_test(test_a_socket_that_nobody_reads_keeps_nobody_waiting),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, open_pipe, close_pipe);
}
