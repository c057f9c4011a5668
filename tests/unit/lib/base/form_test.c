#include "lib/base/form.h"
#include "tests/support/check.h"

static void
test_fields_are_decoded(void **state)
{
	struct arena a = {0};
	struct form f;

	(void)state;
	assert_ok(form_parse(&a, STR("a=1+2&b=%C3%A9&&c=&c=x"), &f, NULL));
	assert_str(form_get(&f, "a"), "1 2");
	assert_str(form_get(&f, "b"), "\xc3\xa9");
	assert_str(form_get(&f, "c"), "x");
	assert_true(str_empty(form_repeated(&f)));
	assert_ok(form_parse(&a, STR("a=1&b=2&a=1"), &f, NULL));
	assert_str(form_repeated(&f), "a");
	arena_free(&a);
}

static void
test_hostile_text_is_refused(void **state)
{
	static const char *const bad[] = {"client_id=good%00evil", "a=%C0%AF", "a=%zz", "a=%4",
		"a=%", "a=%1b", "a=%ED%A0%80", "%00=a"};
	struct arena a = {0};
	struct form f;
	struct diag d;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(form_parse(&a, str_of(bad[i]), &f, &d), ERR_MALFORMED);
	assert_err(form_parse(&a, str_of(bad[0]), &f, &d), ERR_MALFORMED);
	assert_non_null(strstr(d.text, "client_id"));
	arena_free(&a);
}

static void
test_fields_are_limited(void **state)
{
	struct arena a = {0};
	struct form f;
	struct buf b;

	(void)state;
	buf_init(&b, &a, 4096);
	for (int i = 0; i < FORM_MAX; i++)
		form_add(&b, "n&", STR("v="));
	assert_ok(form_parse(&a, buf_str(&b), &f, NULL));
	assert_int_equal(f.count, FORM_MAX);
	assert_str(f.fields[1].name, "n&");
	form_add(&b, "n", STR("v"));
	assert_err(form_parse(&a, buf_str(&b), &f, NULL), ERR_MALFORMED);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_are_decoded),
		cmocka_unit_test(test_hostile_text_is_refused),
		cmocka_unit_test(test_fields_are_limited),
	};

	return RUN(tests);
}
