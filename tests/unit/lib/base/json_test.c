#include "lib/base/json.h"
#include "tests/support/check.h"

static struct arena arena;

static struct str
written(struct str value)
{
	struct buf b;

	buf_init(&b, &arena, 1000);
	json_str(&b, value);
	assert_true(buf_ok(&b));
	return buf_str(&b);
}

static void
test_strings_are_escaped(void **state)
{
	(void)state;
	assert_str(written(STR("")), "\"\"");
	assert_str(written(STR("plain \xc3\xa9 /")), "\"plain \xc3\xa9 /\"");
	assert_str(written(STR("\"\\\n\r\t")), "\"\\\"\\\\\\n\\u000d\\u0009\"");
	assert_str(written(STR("\0\x1f\x7f")), "\"\\u0000\\u001f\\u007f\"");
}

static void
test_strings_are_inert_inside_html_and_script(void **state)
{
	(void)state;
	assert_str(written(STR("</script><!--&")), "\"\\u003c/script\\u003e\\u003c!--\\u0026\"");
	assert_str(written(STR("a\xe2\x80\xa8z\xe2\x80\xa9")), "\"a\\u2028z\\u2029\"");
}

static void
test_nothing_in_a_string_steers_a_terminal(void **state)
{
	struct json *doc;

	(void)state;
	assert_str(written(STR("\xe2\x80\xaa\xe2\x80\xae")), "\"\\u202a\\u202e\"");
	assert_str(written(STR("\xe2\x81\xa6\xd8\x9c\xe2\x80\x8f")), "\"\\u2066\\u061c\\u200f\"");
	assert_str(written(STR("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0")),
		"\"\\u0080\\u009b\\u009f\xc2\xa0\"");
	assert_str(written(STR("\xf3\xa0\x81\x81")), "\"\\udb40\\udc41\"");
	assert_str(written(STR("a\xe2\x80\x8b\xef\xbb\xbf")), "\"a\\u200b\\ufeff\"");
	assert_int_equal(
		json_parse(STR("{\"a\":[\"\xe2\x80\xae\",\"\xc3\xa9\"]}"), 100, &doc, NULL), OK);
	assert_str(json_text(doc, &arena), "{\"a\":[\"\\u202e\",\"\xc3\xa9\"]}");
	json_free(doc);
}

static void
test_broken_utf8_is_replaced_byte_by_byte(void **state)
{
	(void)state;
	assert_str(written(STR("a\xff"
			       "b")),
		"\"a\xef\xbf\xbd"
		"b\"");
	assert_str(written(STR("\xe2\x80")), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	assert_str(written(STR("\xf0\x9f\x98\x80")), "\"\xf0\x9f\x98\x80\"");
}

static void
test_commas_stand_between_members_and_elements(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 1000);
	json_open(&b, '{');
	json_member_str(&b, "a", STR("{[:,"));
	json_member_i64(&b, "b\"", INT64_MIN);
	json_member_bool(&b, "c", false);
	json_key(&b, "d");
	json_open(&b, '[');
	json_open(&b, '{');
	json_close(&b, '}');
	json_i64(&b, 1);
	json_bool(&b, true);
	json_open(&b, '[');
	json_close(&b, ']');
	json_close(&b, ']');
	json_member_words(&b, "e", STR("x  y"));
	json_member_words(&b, "f", STR_NONE);
	json_close(&b, '}');
	assert_str(buf_str(&b), "{\"a\":\"{[:,\",\"b\\\"\":-9223372036854775808,\"c\":false,"
				"\"d\":[{},1,true,[]],\"e\":[\"x\",\"y\"],\"f\":[]}");
}

static void
test_writer_stops_at_the_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, &arena, 10);
	json_member_str(&b, "key", STR("value"));
	assert_false(buf_ok(&b));
	assert_in_range(b.n, 0, 10);
}

static void
test_members_are_read_by_type(void **state)
{
	struct json *doc;

	(void)state;
	assert_ok(json_parse(STR("{\"s\":\"v\",\"i\":-5,\"b\":true,\"n\":null,\"w\":[1,\"x\"],"
				 "\"r\":1.5,\"u\":\"\\u00e9\"}"),
		1000, &doc, NULL));
	assert_str(json_get_str(doc, "s"), "v");
	assert_str(json_get_str(doc, "u"), "\xc3\xa9");
	assert_true(str_empty(json_get_str(doc, "i")));
	assert_null(json_get_str(doc, "missing").p);
	assert_int_equal(json_get_i64(doc, "i", 7), -5);
	assert_int_equal(json_get_i64(doc, "s", 7), 7);
	assert_int_equal(json_get_i64(doc, "r", 7), 7);
	assert_true(json_get_bool(doc, "b", false));
	assert_true(json_get_bool(doc, "i", true));
	assert_true(json_has(doc, "n"));
	assert_false(json_has(doc, "x"));
	assert_true(json_array_has(doc, "w", "x"));
	assert_false(json_array_has(doc, "w", "1"));
	assert_false(json_array_has(doc, "s", "v"));
	json_free(doc);
}

static void
test_members_nobody_here_knows_are_kept(void **state)
{
	static const char *const known[] = {"mine", "gone"};
	struct json *doc;
	struct buf b;

	(void)state;
	assert_ok(json_parse(
		STR("{\"mine\":1,\"x\":{\"y\":[null,\"z\"]},\"f\":1.5}"), 99, &doc, NULL));
	buf_init(&b, &arena, 1000);
	json_open(&b, '{');
	json_member_i64(&b, "mine", 2);
	json_member_unknown(&b, doc, known, countof(known));
	json_member_unknown(&b, NULL, known, countof(known));
	json_member_bool(&b, "last", true);
	json_close(&b, '}');
	json_free(doc);
	assert_ok(json_parse(buf_str(&b), 99, &doc, NULL));
	assert_int_equal(json_get_i64(doc, "mine", 0), 2);
	assert_non_null(strstr(b.p, "\"x\":{\"y\":[null,\"z\"]}"));
	assert_true(json_has(doc, "f") && json_get_bool(doc, "last", false));
	json_free(doc);
}

static void
test_documents_that_are_no_objects_have_no_members(void **state)
{
	struct json *doc;

	(void)state;
	assert_ok(json_parse(STR("[1]"), 10, &doc, NULL));
	assert_false(json_has(doc, "a"));
	assert_int_equal(json_get_i64(doc, "a", 3), 3);
	json_free(doc);
	assert_false(json_has(NULL, "a"));
	json_free(NULL);
}

static void
test_malformed_text_is_refused(void **state)
{
	static const char *const bad[] = {"", " ", "{", "{\"a\":1,}", "{'a':1}", "{\"a\":1}x",
		"nul", "\"s\"", "{\"a\":1,\"a\":2}", "{\"o\":{\"a\":1,\"a\":2}}",
		"{\"a\":\"\\u0000\"}", "{\"a\":\"\n\"}", "{\"a\":\"\xff\"}", "{\"a\":\"\\ud800\"}",
		"{\"a\":01}", "{\"a\":9223372036854775808}", "{\"a\":NaN}", "{\"a\":1e999}",
		"\xef\xbb\xbf{}"};
	struct json *doc = NULL;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(json_parse(str_of(bad[i]), 1000, &doc, NULL), ERR_MALFORMED);
	assert_err(json_parse(STR("{}\0"), 1000, &doc, NULL), ERR_MALFORMED);
	assert_err(json_parse(STR("{\"a\0b\":1}"), 1000, &doc, NULL), ERR_MALFORMED);
	assert_null(doc);
}

static void
test_depth_is_limited_outside_strings(void **state)
{
	struct json *doc;

	(void)state;
	assert_err(json_parse(STR("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"), 99, &doc, NULL),
		ERR_MALFORMED);
	assert_ok(json_parse(STR("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"), 99, &doc, NULL));
	json_free(doc);
	assert_ok(json_parse(STR("[\"\\\"[[[[[[[[[[[[[[[[[[\",\"\\\\\",[]]"), 99, &doc, NULL));
	json_free(doc);
}

static void
test_size_is_limited(void **state)
{
	struct json *doc;

	(void)state;
	assert_err(json_parse(STR("{}"), 1, &doc, NULL), ERR_TOO_LONG);
	assert_ok(json_parse(STR("{}"), 2, &doc, NULL));
	json_free(doc);
}

static void
test_the_diag_does_not_quote_the_text(void **state)
{
	struct json *doc;
	struct diag d;

	(void)state;
	assert_err(json_parse(STR("{\"secret\": hunter2}"), 99, &doc, &d), ERR_MALFORMED);
	assert_null(strstr(d.text, "hunter2"));
	assert_non_null(strstr(d.text, "line 1"));
}

static void
test_kinds_are_told_apart_and_null_is_absent(void **state)
{
	struct json *doc;
	struct str text;

	(void)state;
	assert_ok(json_parse(STR("{\"t\":\"x\",\"n\":1.5,\"f\":false,\"l\":[\"a\",2],\"o\":{},"
				 "\"z\":null}"),
		99, &doc, NULL));
	assert_true(json_is_map(doc));
	assert_int_equal(json_kind(doc, "t"), JSON_IS_TEXT);
	assert_int_equal(json_kind(doc, "n"), JSON_IS_NUMBER);
	assert_int_equal(json_kind(doc, "f"), JSON_IS_FLAG);
	assert_int_equal(json_kind(doc, "l"), JSON_IS_LIST);
	assert_int_equal(json_kind(doc, "o"), JSON_IS_OBJECT);
	assert_int_equal(json_kind(doc, "z"), JSON_IS_ABSENT);
	assert_int_equal(json_kind(doc, "y"), JSON_IS_ABSENT);
	assert_int_equal(json_array_count(doc, "l"), 2);
	assert_int_equal(json_array_count(doc, "t"), 0);
	assert_true(json_array_str(doc, "l", 0, &text));
	assert_str(text, "a");
	assert_false(json_array_str(doc, "l", 1, &text));
	assert_false(json_array_str(doc, "l", 2, &text));
	json_free(doc);
}

static enum err
join(struct str name, struct str value, void *into)
{
	buf_add(into, name);
	json_raw(into, value);
	return str_is(name, "stop") ? ERR_CANCELLED : OK;
}

static void
test_members_are_visited_as_compact_json(void **state)
{
	struct arena a = {0};
	struct json *doc;
	struct buf out;

	(void)state;
	buf_init(&out, &a, 99);
	assert_ok(json_parse(
		STR("{\"a\": [1, \"\\u0041\"], \"stop\": true, \"b\": 0}"), 99, &doc, NULL));
	assert_err(json_each_member(doc, join, &out), ERR_CANCELLED);
	assert_str(buf_str(&out), "a,[1,\"A\"]stop,true");
	json_free(doc);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings_are_escaped),
		cmocka_unit_test(test_strings_are_inert_inside_html_and_script),
		cmocka_unit_test(test_nothing_in_a_string_steers_a_terminal),
		cmocka_unit_test(test_broken_utf8_is_replaced_byte_by_byte),
		cmocka_unit_test(test_commas_stand_between_members_and_elements),
		cmocka_unit_test(test_writer_stops_at_the_maximum),
		cmocka_unit_test(test_members_are_read_by_type),
		cmocka_unit_test(test_members_nobody_here_knows_are_kept),
		cmocka_unit_test(test_documents_that_are_no_objects_have_no_members),
		cmocka_unit_test(test_malformed_text_is_refused),
		cmocka_unit_test(test_depth_is_limited_outside_strings),
		cmocka_unit_test(test_size_is_limited),
		cmocka_unit_test(test_kinds_are_told_apart_and_null_is_absent),
		cmocka_unit_test(test_members_are_visited_as_compact_json),
		cmocka_unit_test(test_the_diag_does_not_quote_the_text),
	};

	return RUN(tests);
}
