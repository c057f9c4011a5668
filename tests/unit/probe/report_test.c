#include "probe/probe.h"

#include "lib/base/json.h"

#include "tests/support/check.h"

static const struct probe_finding findings[] = {
	{"metadata.found", "RFC 8414 3", "a document", PROBE_PASS, {NULL, 0}, 1204},
	{"poll.pending", "RFC 8628 3.5", "pending", PROBE_FAIL,
		STR_INIT("got <\"nothing\"> & more"), 7},
	{"deny.stays", "RFC 8628 3.5", "denied", PROBE_SKIP, STR_INIT("nobody denies"), 0},
};

static const struct probe_report report = {
	STR_INIT("https://a.example"), STR_INIT("tv"), findings, countof(findings), NULL};

static void
test_counts_by_result(void **state)
{
	(void)state;
	assert_int_equal(probe_report_count(&report, PROBE_PASS), 1);
	assert_int_equal(probe_report_count(&report, PROBE_FAIL), 1);
	assert_int_equal(probe_report_count(&report, PROBE_SKIP), 1);
}

static void
test_a_line_says_why(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_str(probe_finding_line(&arena, &findings[0]),
		"ok    metadata.found           RFC 8414 3      a document\n");
	assert_str(probe_finding_line(&arena, &findings[1]),
		"FAIL  poll.pending             RFC 8628 3.5    pending\n"
		"      got <\"nothing\"> & more\n");
	assert_str(probe_report_text(&arena, &report), "1 passed, 1 failed, 1 skipped\n");
	arena_free(&arena);
}

static void
test_json_has_the_cases_and_the_sums(void **state)
{
	struct arena arena = {0};
	struct json *json = NULL;
	const struct json *one;

	(void)state;
	assert_ok(json_parse(probe_report_json(&arena, &report), 1 << 20, &json, NULL));
	assert_str(json_get_str(json, "issuer"), "https://a.example");
	assert_int_equal(json_array_count(json, "cases"), 3);
	one = json_array_object(json, "cases", 1);
	assert_str(json_get_str(one, "id"), "poll.pending");
	assert_str(json_get_str(one, "result"), "fail");
	assert_str(json_get_str(one, "why"), "got <\"nothing\"> & more");
	assert_int_equal(json_get_i64(json, "skip", -1), 1);
	json_free(json);
	arena_free(&arena);
}

static void
test_xml_is_escaped(void **state)
{
	struct arena arena = {0};
	const char *xml = str_c(&arena, probe_report_junit(&arena, &report));

	(void)state;
	assert_non_null(strstr(xml, "tests=\"3\" failures=\"1\" skipped=\"1\" time=\"1.211\""));
	assert_non_null(
		strstr(xml, "<failure message=\"got &lt;&quot;nothing&quot;&gt; &amp; more\">"));
	assert_non_null(strstr(xml, "classname=\"probe.deny\" name=\"deny.stays\""));
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_by_result),
		cmocka_unit_test(test_a_line_says_why),
		cmocka_unit_test(test_json_has_the_cases_and_the_sums),
		cmocka_unit_test(test_xml_is_escaped),
	};

	return RUN(tests);
}
