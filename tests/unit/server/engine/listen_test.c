/* Sockets of files. */
#include "tests/support/check.h"

#include "server/engine/listen.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
	char directory[64];
	char path[96];
};

static int
make_place(void **state)
{
	struct place *place = xcalloc(1, sizeof *place);

	(void)snprintf(place->directory, sizeof place->directory, "/tmp/listen.XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	(void)snprintf(place->path, sizeof place->path, "%s/admin.sock", place->directory);
	*state = place;
	return 0;
}

static int
remove_place(void **state)
{
	struct place *place = *state;

	(void)unlink(place->path);
	(void)rmdir(place->directory);
	free(place);
	return 0;
}

static void
test_the_socket_is_open_to_owner_and_group_whatever_the_umask(void **state)
{
	struct place *place = *state;
	mode_t before = umask(0);
	struct diag diag = {""};
	struct stat found;
	int fd = -1;

	assert_int_equal(listen_open_unix(str_of(place->path), &fd, &diag), OK);
	assert_int_equal(stat(place->path, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0660);
	assert_int_equal(umask(before), 0);
	(void)close(fd);
}

static void
test_what_a_dead_server_left_is_replaced(void **state)
{
	struct place *place = *state;
	struct diag diag = {""};
	int fd = -1;

	assert_int_equal(listen_open_unix(str_of(place->path), &fd, &diag), OK);
	(void)close(fd);
	assert_int_equal(listen_open_unix(str_of(place->path), &fd, &diag), OK);
	(void)close(fd);
}

static void
test_a_socket_that_answers_is_left_alone(void **state)
{
	struct place *place = *state;
	struct diag diag = {""};
	int fd = -1, other = -1;

	assert_int_equal(listen_open_unix(str_of(place->path), &fd, &diag), OK);
	assert_int_equal(listen_open_unix(str_of(place->path), &other, &diag), ERR_IO);
	(void)close(fd);
}

static void
test_a_file_that_is_no_socket_is_never_removed(void **state)
{
	struct place *place = *state;
	struct diag diag = {""};
	struct stat found;
	FILE *file = fopen(place->path, "w");
	int fd = -1;

	assert_non_null(file);
	(void)fclose(file);
	assert_int_equal(listen_open_unix(str_of(place->path), &fd, &diag), ERR_IO);
	assert_int_equal(stat(place->path, &found), 0);
	assert_true(S_ISREG(found.st_mode));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_the_socket_is_open_to_owner_and_group_whatever_the_umask, make_place,
			remove_place),
		cmocka_unit_test_setup_teardown(
			test_what_a_dead_server_left_is_replaced, make_place, remove_place),
		cmocka_unit_test_setup_teardown(
			test_a_socket_that_answers_is_left_alone, make_place, remove_place),
		cmocka_unit_test_setup_teardown(
			test_a_file_that_is_no_socket_is_never_removed, make_place, remove_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
