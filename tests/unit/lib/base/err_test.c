#include "lib/base/err.h"
#include "tests/support/check.h"

static void
test_every_error_has_a_status_a_code_and_a_sentence(void **state)
{
	(void)state;
	for (int e = OK + 1; e < ERR_COUNT; e++) {
		assert_in_range(err_status((enum err)e), 400, 599);
		assert_true(strlen(err_name((enum err)e)) > 1);
		assert_true(strlen(err_code((enum err)e)) > 1);
		assert_int_equal(
			err_sentence((enum err)e)[strlen(err_sentence((enum err)e)) - 1], '.');
	}
}

/* RFC 6749 section 5.2: %x20-21 / %x23-5B / %x5D-7E */
static void
test_codes_and_sentences_fit_error_description(void **state)
{
	(void)state;
	for (int e = OK + 1; e < ERR_COUNT; e++) {
		struct str code = str_of(err_code((enum err)e));
		struct str sentence = str_of(err_sentence((enum err)e));

		assert_true(str_is_printable(code) && !str_has_char(code, ' '));
		assert_true(str_is_printable(sentence));
		assert_false(str_has_char(sentence, '"') || str_has_char(sentence, '\\'));
	}
}

/* What the store says, and what steers dispatch, is nobody's answer. */
static void
test_what_is_no_answer_has_one(void **state)
{
	static const enum err not_answers[] = {
		ERR_NO_ROW, ERR_RACE, ERR_ROW_EXISTS, ERR_NOT_GENUINE, ERR_OTHER_LANE};
	size_t count = 0;

	(void)state;
	for (enum err e = OK + 1; e < ERR_COUNT; e++) {
		enum err answer = err_answer(e);

		assert_true(err_is_answer(answer));
		assert_int_equal(err_is_answer(e), answer == e);
		assert_int_equal(err_status(e), err_status(answer));
		assert_string_equal(err_code(e), err_code(answer));
		count += answer != e;
	}
	assert_int_equal(count, countof(not_answers));
	for (size_t i = 0; i < countof(not_answers); i++)
		assert_false(err_is_answer(not_answers[i]));
	assert_false(err_is_answer(OK));
	assert_int_equal(err_answer(OK), OK);
}

static void
test_names_are_unique(void **state)
{
	(void)state;
	for (int e = 0; e < ERR_COUNT; e++)
		for (int f = 0; f < e; f++)
			assert_string_not_equal(err_name((enum err)e), err_name((enum err)f));
}

static void
test_ok_and_unknown_values_have_rows(void **state)
{
	(void)state;
	assert_int_equal(err_status(OK), 200);
	assert_string_equal(err_code(OK), "");
	assert_string_equal(err_name((enum err)9999), "INTERNAL");
	assert_string_equal(err_name((enum err) - 1), "INTERNAL");
	assert_string_equal(err_code(ERR_SLOW_DOWN), "slow_down");
	assert_int_equal(err_status(ERR_INVALID_CLIENT), 401);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_error_has_a_status_a_code_and_a_sentence),
		cmocka_unit_test(test_codes_and_sentences_fit_error_description),
		cmocka_unit_test(test_what_is_no_answer_has_one),
		cmocka_unit_test(test_names_are_unique),
		cmocka_unit_test(test_ok_and_unknown_values_have_rows),
	};

	return RUN(tests);
}
