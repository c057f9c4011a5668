#include "lib/base/arena.h"
#include "tests/support/check.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

static void
test_memory_is_zero_aligned_and_apart(void **state)
{
	struct arena a = {0};
	unsigned char *before = NULL;

	(void)state;
	for (size_t size = 1; size < 9000; size += 97) {
		unsigned char *p = arena_alloc(&a, size);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xaa, size);
		if (before)
			assert_int_equal(before[0], 0xaa);
		before = p;
	}
	arena_free(&a);
}

static void
test_reset_gives_zeroed_memory_again(void **state)
{
	struct arena a = {0};

	(void)state;
	for (int round = 0; round < 3; round++) {
		char *p = arena_alloc(&a, 100);

		assert_int_equal(p[0], 0);
		assert_int_equal(p[99], 0);
		memset(p, 'x', 100);
		(void)arena_alloc(&a, 20000);
		arena_reset(&a);
	}
	arena_free(&a);
}

static void
test_empty_arena_may_be_reset_and_freed(void **state)
{
	struct arena a = {0};

	(void)state;
	arena_reset(&a);
	arena_free(&a);
	arena_free(&a);
	assert_non_null(arena_alloc(&a, 0));
	arena_free(&a);
	assert_null(a.chunk);
}

static void
test_copies_end_in_nul(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_memory_equal(arena_copy(&a, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_copy(&a, NULL, 0), "");
	assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
	arena_free(&a);
}

/* Runs what must end the process, and gives its exit status. */
static int
status_of(void (*doomed)(void))
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		(void)close(STDERR_FILENO);
		doomed();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
ask_for_a_wrapping_array(void)
{
	struct arena a = {0};
	volatile size_t count = SIZE_MAX / 8 + 2;

	(void)arena_array(&a, uint64_t, count);
}

static void
copy_the_whole_address_space(void)
{
	struct arena a = {0};

	(void)arena_copy(&a, "", SIZE_MAX);
}

static void
ask_for_nearly_everything(void)
{
	struct arena a = {0};
	volatile size_t size = SIZE_MAX - 8;

	(void)arena_alloc(&a, size);
}

static void
test_sizes_that_wrap_end_the_process(void **state)
{
	(void)state;
	assert_int_equal(status_of(ask_for_a_wrapping_array), EX_OSERR);
	assert_int_equal(status_of(copy_the_whole_address_space), EX_OSERR);
	assert_int_equal(status_of(ask_for_nearly_everything), EX_OSERR);
}

static void
test_heap_helpers_give_usable_memory(void **state)
{
	char *text = xstrdup("abc");
	int *numbers = xcalloc(0, 0);

	(void)state;
	assert_string_equal(text, "abc");
	text = xrealloc(text, 100);
	assert_string_equal(text, "abc");
	assert_non_null(numbers);
	free(text);
	free(numbers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_is_zero_aligned_and_apart),
		cmocka_unit_test(test_reset_gives_zeroed_memory_again),
		cmocka_unit_test(test_empty_arena_may_be_reset_and_freed),
		cmocka_unit_test(test_copies_end_in_nul),
		cmocka_unit_test(test_sizes_that_wrap_end_the_process),
		cmocka_unit_test(test_heap_helpers_give_usable_memory),
	};

	return RUN(tests);
}
