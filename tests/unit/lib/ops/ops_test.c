#include "lib/ops/ops.h"

#include "tests/support/check.h"

#include <ctype.h>

static struct arena arena;

static void
test_every_row_says_what_a_person_needs(void **state)
{
	(void)state;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		assert_non_null(op_fields[i].label);
		assert_true(op_fields[i].help && islower((unsigned char)op_fields[i].help[0]));
		assert_int_equal(op_fields[i].kind == OP_CHOICE,
			op_fields[i].kind == OP_CHOICE && op_fields[i].choices);
	}
	for (size_t i = 0; i < OP_COUNT; i++) {
		bool asks = ops[i].effect == OP_STOPS || ops[i].effect == OP_DESTROYS;

		assert_int_equal(ops[i].id, i);
		assert_int_equal(asks, ops[i].question != NULL);
		assert_int_equal(ops[i].effect == OP_LOOKS, !strcmp(ops[i].method, "GET"));
		assert_true(!asks || strstr(ops[i].question, "%s"));
	}
}

/* A form or a command line tells inputs apart by their names and options. */
static void
test_inputs_of_an_operation_differ(void **state)
{
	const struct op_field *a, *b;
	char one[64], other[64];

	(void)state;
	for (size_t o = 0; o < OP_COUNT; o++)
		for (size_t i = 0; (a = op_input(&ops[o], i)); i++)
			for (size_t k = 0; k < i && (b = op_input(&ops[o], k)); k++) {
				assert_string_not_equal(a->name, b->name);
				assert_string_not_equal(op_flag(a, one), op_flag(b, other));
			}
}

/* Where one does something, the other does nothing: as enabling and disabling. */
static bool
exclude_each_other(const struct op *a, const struct op *b)
{
	const struct op_condition *here = op_when(a), *there = op_when(b);

	/* What names two things is done to rows of another list. */
	if (op_param_count(a) != op_param_count(b))
		return true;
	if (!here || !there || strcmp(here->member, there->member) != 0)
		return false;
	STR_EACH (word, str_of(here->words))
		for (struct str rest = str_of(there->words), other; (other = str_word(&rest)).n;)
			if (str_eq(word, other))
				return false;
	return true;
}

static void
test_keys_of_the_console_differ(void **state)
{
	(void)state;
	for (size_t i = 0; i < OP_COUNT; i++)
		for (size_t k = 0; k < i; k++)
			if (ops[i].resource == ops[k].resource && ops[i].key &&
				!exclude_each_other(&ops[i], &ops[k]))
				assert_int_not_equal(ops[i].key, ops[k].key);
}

static void
test_what_undoes_is_undone_by_it_and_exclusive(void **state)
{
	(void)state;
	for (size_t i = 0; i < OP_COUNT; i++) {
		const struct op *undo = op_undo(&ops[i]);

		if (!undo)
			continue;
		assert_ptr_equal(op_undo(undo), &ops[i]);
		assert_true(exclude_each_other(&ops[i], undo));
	}
}

/* A condition names a member of the rows, and words that it can have. */
static void
test_conditions_are_about_what_rows_have(void **state)
{
	(void)state;
	for (size_t i = 0; i < OP_COUNT; i++) {
		const struct op_condition *when = op_when(&ops[i]);
		const struct op_field *field =
			when ? resource_field(&resources[ops[i].resource], str_of(when->member))
			     : NULL;

		if (!when)
			continue;
		assert_non_null(field);
		STR_EACH (word, str_of(when->words))
			assert_non_null(strstr(field->choices, str_c(&arena, word)));
	}
}

static void
test_what_an_operation_takes(void **state)
{
	const struct op *create = &ops[OP_client_create], *edit = &ops[OP_client_edit];
	char buffer[64];

	(void)state;
	assert_true(op_needs(create, op_input_named(create, STR("name"))));
	assert_false(op_needs(edit, op_input_named(edit, STR("name"))));
	assert_null(op_input_named(edit, STR("type")));
	assert_string_equal(op_input_flagged(create, STR("redirect-uri"))->name, "redirect_uris");
	assert_string_equal(op_flag(op_input_named(&ops[OP_user_create], STR("password")), buffer),
		"password-stdin");
	assert_non_null(op_input_named(&ops[OP_client_list], STR("after")));
	assert_null(op_input_named(&ops[OP_key_list], STR("after")));
	assert_true(op_has_body(create) && !op_has_body(&ops[OP_client_list]));
	assert_int_equal(op_param_count(&ops[OP_user_withdraw]), 2);
	assert_str(op_param(&ops[OP_user_withdraw], 1), "client_id");
	assert_null(resource_named(STR("consent")));
	assert_null(op_named(resource_named(STR("client")), STR("fly")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_says_what_a_person_needs),
		cmocka_unit_test(test_inputs_of_an_operation_differ),
		cmocka_unit_test(test_keys_of_the_console_differ),
		cmocka_unit_test(test_what_undoes_is_undone_by_it_and_exclusive),
		cmocka_unit_test(test_conditions_are_about_what_rows_have),
		cmocka_unit_test(test_what_an_operation_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
