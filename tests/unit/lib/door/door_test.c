#include "lib/door/door.h"

#include "tests/support/check.h"

static struct arena arena;

/* What was asked, and what is answered. */
static struct {
	char method[16], target[512], json[512];
	int status;
	const char *body;
} here;

static void
answer(void *context, struct arena *a, struct str method, struct str target, struct str json,
	int *ret_status, struct str *ret_body)
{
	(void)context;
	(void)a;
	(void)snprintf(here.method, sizeof here.method, "%.*s", STR_ARG(method));
	(void)snprintf(here.target, sizeof here.target, "%.*s", STR_ARG(target));
	(void)snprintf(here.json, sizeof here.json, "%.*s", STR_ARG(json));
	*ret_status = here.status;
	*ret_body = str_of(here.body);
}

static enum door_outcome
asked(const struct door_question *question, struct str *ret_problem)
{
	struct door *door = door_by_call(answer, NULL);
	struct door_answer got;

	door_ask(door, &arena, question, &got);
	*ret_problem = got.problem;
	door_answer_done(&got);
	door_free(door);
	return got.outcome;
}

static void
test_fields_become_a_query_or_a_body(void **state)
{
	const struct op *list = &ops[OP_client_list], *edit = &ops[OP_client_edit];
	struct door_value filter[] = {{op_input_named(list, STR("status")), STR("a&b")},
		{op_input_named(list, STR("limit")), STR("7")}};
	struct door_value said[] = {{op_input_named(edit, STR("name")), STR("\"")},
		{op_input_named(edit, STR("scopes")), STR(" a  b")},
		{op_input_named(edit, STR("require_pkce")), STR("false")}};
	struct str problem;

	(void)state;
	here.status = 200;
	here.body = "{}";
	assert_int_equal(
		asked(&(struct door_question){.op = list, .values = filter, .value_count = 2},
			&problem),
		DOOR_ANSWERED);
	assert_string_equal(here.target, "/api/admin/v1/clients?status=a%26b&limit=7");
	assert_string_equal(here.json, "");
	assert_int_equal(
		asked(
			&(struct door_question){
				.op = edit, .ids = {STR("../x")}, .values = said, .value_count = 3},
			&problem),
		DOOR_ANSWERED);
	assert_string_equal(here.method, "PATCH");
	assert_string_equal(here.target, "/api/admin/v1/clients/..%2Fx");
	assert_string_equal(
		here.json, "{\"name\":\"\\\"\",\"scopes\":[\"a\",\"b\"],\"require_pkce\":false}");
}

static void
test_answers_are_told_apart(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum door_outcome outcome;
		const char *problem;
	} cases[] = {
		{200, "{\"ok\":true}", DOOR_ANSWERED, ""},
		{404, "{\"error\":\"not_found\"}", DOOR_NO_MATCH, "no client with ID x"},
		{409, "{\"error_description\":\"It waits.\"}", DOOR_NO_MATCH, "It waits"},
		{400, "{\"error\":\"invalid_request\"}", DOOR_REFUSED, "invalid_request"},
		{500, "{}", DOOR_REFUSED, "the server refused (status 500)"},
		{200, "<html>", DOOR_NONSENSE,
			"this database: the answer is not JSON (status 200); is that an authgate "
			"server?"},
		{200, "[1]", DOOR_NONSENSE,
			"this database: the answer is not JSON (status 200); is that an authgate "
			"server?"},
	};
	struct door_question question = {.op = &ops[OP_client_show], .ids = {STR("x")}};
	struct str problem;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		here.status = cases[i].status;
		here.body = cases[i].body;
		assert_int_equal(asked(&question, &problem), cases[i].outcome);
		assert_str(problem, cases[i].problem);
	}
}

static void
test_nobody_there_is_told_in_words(void **state)
{
	struct door *door = door_by_socket(STR("/nonexistent/admin.sock"));
	struct door_question question = {.op = &ops[OP_client_list]};
	struct door_call *call;
	struct door_answer got;

	(void)state;
	call = door_begin(door, &arena, &question);
	while (!door_is_over(call))
		(void)door_wait(door, -1, 100);
	door_end(call, &got);
	assert_int_equal(got.outcome, DOOR_UNREACHED);
	assert_true(str_starts(
		got.problem, STR("/nonexistent/admin.sock: No such file or directory; is")));
	door_answer_done(&got);
	door_end(door_begin(door, &arena, &question), NULL);
	door_free(door);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_become_a_query_or_a_body),
		cmocka_unit_test(test_answers_are_told_apart),
		cmocka_unit_test(test_nobody_there_is_told_in_words),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
