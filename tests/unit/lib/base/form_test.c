#include "lib/base/form.h"
#include "tests/support/check.h"

static void
test_fields_are_decoded_in_order(void **state)
{
	struct arena a = {0};
	struct form f;

	(void)state;
	assert_ok(form_parse(&a, STR("a=1+2&b=%C3%A9&c=x%2By%3d&d=e=f&g"), &f, NULL));
	assert_int_equal(f.count, 5);
	assert_str(form_get(&f, "a"), "1 2");
	assert_str(form_get(&f, "b"), "\xc3\xa9");
	assert_str(form_get(&f, "c"), "x+y=");
	assert_str(form_get(&f, "d"), "e=f");
	assert_str(f.fields[4].name, "g");
	assert_true(str_empty(form_get(&f, "g")));
	assert_true(str_empty(form_get(&f, "missing")));
	arena_free(&a);
}

static void
test_empty_input_and_empty_parts_are_no_fields(void **state)
{
	struct arena a = {0};
	struct form f;

	(void)state;
	assert_ok(form_parse(&a, STR_NONE, &f, NULL));
	assert_int_equal(f.count, 0);
	assert_ok(form_parse(&a, STR("&&a=1&&"), &f, NULL));
	assert_int_equal(f.count, 1);
	arena_free(&a);
}

/* RFC 6749 section 3.1 */
static void
test_empty_values_count_as_absent(void **state)
{
	struct arena a = {0};
	struct form f;

	(void)state;
	assert_ok(form_parse(&a, STR("c=&c=x&c="), &f, NULL));
	assert_str(form_get(&f, "c"), "x");
	assert_true(str_empty(form_repeated(&f)));
	arena_free(&a);
}

static void
test_repetition_is_found_behind_escapes(void **state)
{
	struct arena a = {0};
	struct form f;

	(void)state;
	assert_ok(form_parse(&a, STR("a=1&b=2&a=1"), &f, NULL));
	assert_str(form_repeated(&f), "a");
	assert_ok(form_parse(&a, STR("scope=1&sc%6Fpe=2"), &f, NULL));
	assert_str(form_repeated(&f), "scope");
	assert_ok(form_parse(&a, STR("resource=1&resource=2"), &f, NULL));
	assert_true(str_empty(form_repeated(&f)));
	assert_ok(form_parse(&a, STR("a=1&A=2"), &f, NULL));
	assert_true(str_empty(form_repeated(&f)));
	arena_free(&a);
}

static void
check_refused(const char *const *bad, size_t count)
{
	struct arena a = {0};
	struct form f;
	struct diag d;

	for (size_t i = 0; i < count; i++) {
		assert_err(form_parse(&a, str_of(bad[i]), &f, &d), ERR_MALFORMED);
		assert_int_equal(f.count, 0);
		assert_err(form_parse(&a, str_of(bad[i]), &f, NULL), ERR_MALFORMED);
	}
	arena_free(&a);
}

static void
test_broken_escapes_are_refused(void **state)
{
	static const char *const bad[] = {"a=%zz", "a=%4", "a=%", "a=%4g", "a=%g4", "%=a",
		"a=b&c=%", "a=% 1", "a=%+1", "a=%0x41"};

	(void)state;
	check_refused(bad, countof(bad));
}

static void
test_nul_and_controls_are_refused(void **state)
{
	static const char *const bad[] = {
		"client_id=good%00evil", "%00=a", "a=%1b", "a=%7f", "a=\x01", "a=\x7f"};
	struct arena a = {0};
	struct form f;

	(void)state;
	check_refused(bad, countof(bad));
	assert_err(form_parse(&a, STR("a=good\0evil"), &f, NULL), ERR_MALFORMED);
	assert_ok(form_parse(&a, STR("a=%09%0d%0A"), &f, NULL));
	assert_str(form_get(&f, "a"), "\t\r\n");
	arena_free(&a);
}

static void
test_broken_utf8_is_refused(void **state)
{
	static const char *const bad[] = {"a=%C0%AF", "a=%ED%A0%80", "a=%F4%90%80%80", "a=%C3",
		"a=\xff", "%80=a", "a=%E2%82&b=%AC"};

	(void)state;
	check_refused(bad, countof(bad));
}

static void
test_the_diag_names_the_parameter_and_never_its_value(void **state)
{
	struct arena a = {0};
	struct form f;
	struct diag d;

	(void)state;
	(void)!form_parse(&a, STR("client_secret=hunter2%00"), &f, &d);
	assert_non_null(strstr(d.text, "'client_secret'"));
	assert_null(strstr(d.text, "hunter2"));
	(void)!form_parse(&a, STR("%0a\"x=%00"), &f, &d);
	assert_true(str_is_printable(str_of(d.text)));
	assert_null(strchr(d.text, '"'));
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
	assert_str(f.fields[FORM_MAX - 1].name, "n&");
	buf_add_c(&b, "&&");
	assert_ok(form_parse(&a, buf_str(&b), &f, NULL));
	buf_add_c(&b, "x");
	assert_err(form_parse(&a, buf_str(&b), &f, NULL), ERR_MALFORMED);
	arena_free(&a);
}

static void
test_fields_are_written_for_bodies_and_queries(void **state)
{
	struct arena a = {0};
	struct buf b;

	(void)state;
	buf_init(&b, &a, 100);
	form_add(&b, "a b", STR("c&d=\xc3\xa9"));
	form_add(&b, "e", STR_NONE);
	assert_str(buf_str(&b), "a%20b=c%26d%3D%C3%A9&e=");
	buf_reset(&b);
	buf_add_c(&b, "/p?");
	form_add(&b, "a", STR("-._~"));
	form_add(&b, "b", STR("\r\n"));
	assert_str(buf_str(&b), "/p?a=-._~&b=%0D%0A");
	arena_free(&a);
}

static void
test_every_byte_survives_percent_encoding(void **state)
{
	struct arena a = {0};
	char bytes[256];
	struct str back;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)i;
	buf_init(&b, &a, 3 * sizeof bytes);
	percent_encode(&b, (struct str){bytes, sizeof bytes});
	assert_int_equal(b.n, 66 + (256 - 66) * 3);
	for (int plus = 0; plus < 2; plus++) {
		assert_ok(percent_decode(&a, buf_str(&b), plus, &back));
		assert_int_equal(back.n, sizeof bytes);
		assert_memory_equal(back.p, bytes, sizeof bytes);
	}
	assert_ok(percent_decode(&a, STR("a+b"), false, &back));
	assert_str(back, "a+b");
	assert_ok(percent_decode(&a, STR("a+b"), true, &back));
	assert_str(back, "a b");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_are_decoded_in_order),
		cmocka_unit_test(test_empty_input_and_empty_parts_are_no_fields),
		cmocka_unit_test(test_empty_values_count_as_absent),
		cmocka_unit_test(test_repetition_is_found_behind_escapes),
		cmocka_unit_test(test_broken_escapes_are_refused),
		cmocka_unit_test(test_nul_and_controls_are_refused),
		cmocka_unit_test(test_broken_utf8_is_refused),
		cmocka_unit_test(test_the_diag_names_the_parameter_and_never_its_value),
		cmocka_unit_test(test_fields_are_limited),
		cmocka_unit_test(test_fields_are_written_for_bodies_and_queries),
		cmocka_unit_test(test_every_byte_survives_percent_encoding),
	};

	return RUN(tests);
}
