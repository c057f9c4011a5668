/* Which events have an index is said by the schema, by two statements and in C: the same each time.
 */
#include "tests/support/store.h"

#include "lib/audit/audit.h"
#include "lib/store/audit_log.h"

#include "sql.h"

/* The words of the index, as the newest migration has made it. */
static struct str
index_text(void)
{
	static const char query[] =
		"SELECT sql FROM sqlite_master WHERE name = 'audit_log_by_event'";
	sqlite3_stmt *statement = NULL;
	struct str text;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	text = str_copy(&place.arena, str_of((const char *)sqlite3_column_text(statement, 0)));
	(void)sqlite3_finalize(statement);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return text;
}

/* Whether the text leaves this event out. */
static bool
leaves_out(struct str text, const char *event)
{
	const char *words = arena_printf(&place.arena, "event <> '%s'", event);

	return strstr(str_c(&place.arena, text), words);
}

static size_t
count_left_out(struct str text)
{
	size_t n = 0;

	for (const char *p = str_c(&place.arena, text); (p = strstr(p, "event <> '")); p++)
		n++;
	return n;
}

static void
test_the_events_without_an_index_are_the_same_everywhere(void **state)
{
	const struct str texts[] = {index_text(), str_of(sql_texts[SQL_AUDIT_LOG_FIND_RARE].text),
		str_of(sql_texts[SQL_AUDIT_LOG_WINDOW_RARE].text)};
	size_t common = 0;

	(void)state;
	for (int e = 0; e < AUDIT_EVENT_COUNT; e++) {
		const char *name = audit_event_name((enum audit_event)e);
		bool has_index = audit_log_has_index(str_of(name));

		common += !has_index;
		for (size_t i = 0; i < countof(texts); i++)
			if (leaves_out(texts[i], name) == has_index)
				fail_msg("%s: %.*s", name, STR_ARG(texts[i]));
	}
	assert_true(common > 0);
	for (size_t i = 0; i < countof(texts); i++)
		assert_int_equal(count_left_out(texts[i]), common);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_EMPTY_PLACE(test_the_events_without_an_index_are_the_same_everywhere),
	};

	return RUN(tests);
}
