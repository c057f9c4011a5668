/* Cells of CSV. */
#include "lib/base/csv.h"

#include "tests/support/check.h"

static void
test_cells_are_quoted_and_are_no_formulas(void **state)
{
	static const struct {
		const char *text, *cell;
	} cells[] = {
		{"", "\"\","},
		{"plain", "\"plain\","},
		{"a \"b\"", "\"a \"\"b\"\"\","},
		{"=1+1", "\"'=1+1\","},
		{"+1", "\"'+1\","},
		{"-1", "\"'-1\","},
		{"@x", "\"'@x\","},
		{"\tx", "\"'\tx\","},
		{"two\r\nlines", "\"two\r\nlines\","},
	};
	struct arena arena = {NULL};

	(void)state;
	for (size_t i = 0; i < countof(cells); i++) {
		struct buf out;

		buf_init(&out, &arena, 64);
		csv_cell(&out, str_of(cells[i].text), false);
		assert_str(buf_str(&out), cells[i].cell);
	}
	arena_free(&arena);
}

static void
test_the_last_cell_ends_the_line(void **state)
{
	struct arena arena = {NULL};
	struct buf out;

	(void)state;
	buf_init(&out, &arena, 64);
	csv_cell(&out, STR("a"), false);
	csv_cell(&out, STR("b"), true);
	assert_str(buf_str(&out), "\"a\",\"b\"\r\n");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells_are_quoted_and_are_no_formulas),
		cmocka_unit_test(test_the_last_cell_ends_the_line),
	};

	return RUN(tests);
}
