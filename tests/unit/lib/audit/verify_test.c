/* The audit trail shows what was done to it behind our back, and only that. */
#include "tests/support/store.h"

#include "lib/audit/audit.h"
#include "lib/audit/sign.h"
#include "lib/audit/verify.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static void
write_row_at(struct store *s, int64_t now_ms)
{
	struct context cx = {.arena = &place.arena, .now_ms = now_ms, .ip = STR("192.0.2.1")};
	struct audit_change change = {&cx, {.event = AUDIT_EVENT_LOGIN,
						   .actor = STR("user:mia"),
						   .target = STR("t"),
						   .detail = STR("a=b")}};

	assert_ok(store_transaction(s, audit_write_change, &change));
}

static void
write_rows(size_t n)
{
	for (size_t i = 0; i < n; i++)
		write_row_at(place.store, PLACE_NOW_MS + (int64_t)i);
}

static void
open_again(void)
{
	struct store_setup setup = place_setup();

	store_close(place.store);
	assert_ok(store_open(&setup, &place.store, &place.diag));
}

static struct audit_signing
sign(bool all, int64_t now_ms)
{
	static struct audit_signing a;

	a = (struct audit_signing){.now_ms = now_ms, .all = all, .arena = &place.arena};
	assert_ok(store_transaction(place.store, audit_sign, &a));
	return a;
}

static int64_t
retain(int64_t before_ms, int64_t limit)
{
	struct audit_ring ring = audit_ring_of(place.store);
	struct audit_retention r = {before_ms, limit, &place.arena, &ring, 0};

	assert_ok(store_transaction(place.store, audit_retain, &r));
	return r.deleted;
}

static struct audit_verdict
verify(void)
{
	struct audit_cursor cursor = AUDIT_CURSOR_BEGIN;
	struct audit_ring ring = audit_ring_of(place.store);
	struct audit_verdict v;
	int64_t rows = 0;

	do {
		assert_ok(audit_verify(&ring, place.store, &cursor, 3, &v));
		assert_ok(audit_cursor_parse(audit_cursor_text(&place.arena, &cursor), &cursor));
		rows += v.rows;
	} while (!v.fault && !v.done);
	v.rows = rows;
	return v;
}

#define assert_found(kind, in_chain, first, until) \
	do { \
		struct audit_verdict v_ = verify(); \
		assert_string_equal(audit_fault_name(v_.fault), audit_fault_name(kind)); \
		assert_int_equal(v_.chain, in_chain); \
		assert_int_equal(v_.seq, first); \
		assert_int_equal(v_.last, until); \
	} while (0)

#define assert_intact(n) \
	do { \
		struct audit_verdict v_ = verify(); \
		assert_str(audit_verdict_text(&place.arena, &v_), "The audit trail is intact."); \
		assert_int_equal(v_.rows, n); \
	} while (0)

/* Two chains of four rows each. */
static int
make_trail(void **state)
{
	if (make_place_store(state))
		return -1;
	write_rows(4);
	open_again();
	write_rows(4);
	return 0;
}

#define IN_TRAIL(test) cmocka_unit_test_setup_teardown(test, make_trail, remove_place_store)

static void
test_an_untouched_trail_is_intact(void **state)
{
	(void)state;
	assert_intact(8);
	(void)sign(true, PLACE_NOW_MS);
	assert_intact(8);
}

static void
test_an_edited_row_is_named(void **state)
{
	static const char *const edits[] = {"event = 'x'", "actor = 'user:eve'", "target = ''",
		"detail = 'a=c'", "request_id = 'x'", "ip = '192.0.2.2'", "user_agent = 'x'",
		"at_ms = at_ms + 1", "id = CAST(substr(id, 1, 15) || x'ff' AS BLOB)",
		"hash = zeroblob(32)", "detail = detail || char(0)", "actor = '', target = actor"};

	(void)state;
	for (size_t i = 0; i < countof(edits); i++) {
		char sql[256];

		(void)snprintf(sql, sizeof sql,
			"CREATE TABLE kept AS SELECT * FROM audit_log;"
			"UPDATE audit_log SET %s WHERE chain = 2 AND seq = %d",
			edits[i], (int)(i % 4) + 1);
		place_sql(sql);
		assert_found(AUDIT_ROW_FORGED, 2, (int)(i % 4) + 1, (int)(i % 4) + 1);
		place_sql("DELETE FROM audit_log; INSERT INTO audit_log SELECT * FROM kept; DROP "
			  "TABLE kept");
		assert_intact(8);
	}
}

static void
test_a_removed_row_is_named(void **state)
{
	(void)state;
	place_sql("DELETE FROM audit_log WHERE chain = 1 AND seq = 2");
	assert_found(AUDIT_ROWS_REMOVED, 1, 2, 2);
}

static void
test_the_first_rows_are_missed(void **state)
{
	(void)state;
	place_sql("DELETE FROM audit_log WHERE chain = 1 AND seq <= 3");
	assert_found(AUDIT_ROWS_REMOVED, 1, 1, 3);
}

static void
test_the_last_rows_are_missed_once_they_were_signed(void **state)
{
	(void)state;
	(void)sign(true, PLACE_NOW_MS);
	place_sql("DELETE FROM audit_log WHERE chain = 1 AND seq >= 3");
	assert_found(AUDIT_ROWS_REMOVED, 1, 3, 4);
}

/* Nothing was signed, but the connection remembers what it wrote. */
static void
test_what_is_cut_off_a_living_chain_is_missed(void **state)
{
	(void)state;
	place_sql("DELETE FROM audit_log WHERE chain = 2 AND seq >= 3");
	(void)sign(false, PLACE_NOW_MS);
	assert_found(AUDIT_ROWS_REMOVED, 2, 3, 4);
}

static void
test_exchanged_rows_are_named(void **state)
{
	(void)state;
	place_sql("UPDATE audit_log SET seq = 99 WHERE chain = 1 AND seq = 2;"
		  "UPDATE audit_log SET seq = 2 WHERE chain = 1 AND seq = 3;"
		  "UPDATE audit_log SET seq = 3 WHERE chain = 1 AND seq = 99");
	assert_found(AUDIT_ROW_FORGED, 1, 2, 2);
}

#define COPY_OF_A_ROW(chain, seq) \
	"INSERT INTO audit_log SELECT " chain ", " seq ", zeroblob(16), event, actor, target, " \
	"detail, request_id, ip, user_agent, at_ms, hash FROM audit_log WHERE chain = 1 AND seq " \
	"= 4"

static void
test_a_row_that_was_put_in_is_named(void **state)
{
	(void)state;
	place_sql(COPY_OF_A_ROW("2", "5"));
	assert_found(AUDIT_ROW_FORGED, 2, 5, 5);
}

static void
test_a_chain_that_was_put_in_is_named(void **state)
{
	(void)state;
	place_sql(COPY_OF_A_ROW("7", "1"));
	assert_found(AUDIT_CHAIN_ADDED, 7, 0, 0);
}

static void
test_a_chain_that_was_removed_is_named(void **state)
{
	(void)state;
	place_sql(
		"DELETE FROM audit_log WHERE chain = 1; DELETE FROM audit_chains WHERE chain = 1");
	assert_found(AUDIT_CHAIN_REMOVED, 1, 0, 0);
}

static void
test_the_last_chain_that_was_removed_is_named(void **state)
{
	(void)state;
	place_sql(
		"DELETE FROM audit_log WHERE chain = 2; DELETE FROM audit_chains WHERE chain = 2");
	assert_found(AUDIT_CHAIN_REMOVED, 2, 0, 0);
}

static void
test_an_edited_record_of_a_chain_is_named(void **state)
{
	static const char *const edits[] = {"node = 'x'", "started_ms = 1",
		"head_seq = head_seq - 1", "head_ms = 0", "head_hash = zeroblob(32)",
		"head_mac = zeroblob(32)", "floor_seq = 1", "floor_hash = head_hash",
		"floor_mac = zeroblob(32)"};

	(void)state;
	(void)sign(true, PLACE_NOW_MS);
	for (size_t i = 0; i < countof(edits); i++) {
		char sql[256];

		(void)snprintf(sql, sizeof sql,
			"CREATE TABLE kept AS SELECT * FROM audit_chains;"
			"UPDATE audit_chains SET %s WHERE chain = 2",
			edits[i]);
		place_sql(sql);
		assert_found(AUDIT_CHAIN_FORGED, 2, 0, 0);
		place_sql("DELETE FROM audit_chains; INSERT INTO audit_chains SELECT * FROM kept; "
			  "DROP TABLE kept");
	}
	assert_intact(8);
	place_sql("UPDATE audit_chains SET head_seq = 3 WHERE chain = 0");
	assert_found(AUDIT_LIST_FORGED, 0, 0, 0);
	place_sql("DELETE FROM audit_chains WHERE chain = 0");
	assert_found(AUDIT_LIST_FORGED, 0, 0, 0);
}

static void
test_another_key_proves_nothing(void **state)
{
	struct store_setup setup = place_setup();
	struct secret other = {(unsigned char[]){"another"}, 7};

	(void)state;
	store_close(place.store);
	setup.audit_key = &other;
	assert_ok(store_open(&setup, &place.store, &place.diag));
	assert_found(AUDIT_LIST_FORGED, 0, 0, 0);
}

/* ---- transactions ---- */

struct step {
	struct context *cx;
	enum err result;
};

static enum err
write_and_end(struct store *s, void *arg)
{
	struct step *step = arg;
	struct audit_record record = {.event = AUDIT_EVENT_LOGIN, .actor = STR("x")};
	enum err e = audit_write(s, step->cx, &record);

	return e ? e : step->result;
}

static void
test_a_change_that_is_undone_leaves_no_gap(void **state)
{
	struct context cx = {.arena = &place.arena, .now_ms = PLACE_NOW_MS};
	struct step good = {&cx, OK}, bad = {&cx, ERR_CONFLICT};
	store_change *const changes[] = {
		write_and_end, write_and_end, write_and_end, write_and_end};
	void *const args[] = {&bad, &good, &bad, &good};
	enum err results[4];

	(void)state;
	open_again();
	for (int i = 0; i < 3; i++)
		store_commit_group(place.store, changes, args, results, 4);
	assert_err(store_transaction(place.store, write_and_end, &bad), ERR_CONFLICT);
	assert_int_equal(place_count("SELECT max(chain) FROM audit_log"), 3);
	assert_int_equal(place_count("SELECT count(*) FROM audit_chains"), 4);
	assert_intact(14);
}

static void
test_a_commit_that_fails_leaves_no_gap(void **state)
{
	struct context cx = {.arena = &place.arena, .now_ms = PLACE_NOW_MS};
	struct step good = {&cx, OK};
	store_change *const changes[] = {write_and_end, write_and_end};
	void *const args[] = {&good, &good};
	enum err results[2];

	(void)state;
	/* A deferred key that nothing satisfies is noticed by COMMIT. */
	place_sql("CREATE TABLE parent (x INTEGER PRIMARY KEY);"
		  "CREATE TABLE child (x REFERENCES parent DEFERRABLE INITIALLY DEFERRED);"
		  "CREATE TRIGGER doomed AFTER INSERT ON audit_log BEGIN INSERT INTO child VALUES "
		  "(1); END");
	store_commit_group(place.store, changes, args, results, 2);
	assert_err(results[0], ERR_STORE);
	assert_err(results[1], ERR_STORE);
	place_sql("DROP TRIGGER doomed");
	store_commit_group(place.store, changes, args, results, 2);
	assert_ok(results[1]);
	assert_int_equal(place_count("SELECT max(chain) FROM audit_log"), 2);
	assert_intact(10);
}

/* ---- signing ---- */

static void
test_what_a_crash_left_unsigned_is_signed(void **state)
{
	(void)state;
	assert_int_equal(sign(true, PLACE_NOW_MS).count, 2);
	assert_int_equal(place_count("SELECT sum(head_seq) FROM audit_chains WHERE chain > 0"), 8);
	/* Our own is told again, for whoever writes it down elsewhere. */
	assert_int_equal(sign(true, PLACE_NOW_MS).count, 1);
}

static void
test_a_forged_end_is_not_signed(void **state)
{
	(void)state;
	place_sql(COPY_OF_A_ROW("1", "5"));
	assert_int_equal(sign(true, PLACE_NOW_MS).count, 1);
	assert_found(AUDIT_ROW_FORGED, 1, 5, 5);
}

static void
test_a_chain_is_a_day_long(void **state)
{
	(void)state;
	(void)sign(false, PLACE_NOW_MS + DAY_MS);
	write_row_at(place.store, PLACE_NOW_MS + DAY_MS);
	assert_int_equal(place_count("SELECT max(chain) FROM audit_log"), 2);
	(void)sign(false, PLACE_NOW_MS + DAY_MS + 1);
	write_row_at(place.store, PLACE_NOW_MS + DAY_MS + 1);
	assert_int_equal(place_count("SELECT max(chain) FROM audit_log"), 3);
	assert_intact(10);
}

/* ---- retention ---- */

static void
test_retention_leaves_a_trail_that_proves_itself(void **state)
{
	(void)state;
	(void)sign(true, PLACE_NOW_MS);
	assert_int_equal(retain(PLACE_NOW_MS + 2, 100), 4);
	assert_int_equal(place_count("SELECT count(*) FROM audit_log"), 4);
	assert_intact(4);
	assert_int_equal(retain(PLACE_NOW_MS + 100, 3), 3);
	assert_int_equal(retain(PLACE_NOW_MS + 100, 3), 1);
	assert_int_equal(retain(PLACE_NOW_MS + 100, 3), 0);
	assert_intact(0);
	write_rows(1);
	assert_intact(1);
	place_sql("DELETE FROM audit_log");
	(void)sign(false, PLACE_NOW_MS);
	assert_found(AUDIT_ROWS_REMOVED, 2, 5, 5);
}

static void
test_retention_forgets_chains_of_which_nothing_is_left(void **state)
{
	(void)state;
	(void)sign(true, PLACE_NOW_MS + DAY_MS + 1);
	write_row_at(place.store, PLACE_NOW_MS + DAY_MS);
	for (int i = 0; i < 5; i++)
		(void)retain(PLACE_NOW_MS + 30 * DAY_MS, 100);
	assert_int_equal(place_count("SELECT count(*) FROM audit_chains"), 2);
	assert_intact(0);
	place_sql("UPDATE audit_chains SET floor_seq = 1 WHERE chain = 0");
	assert_found(AUDIT_LIST_FORGED, 0, 0, 0);
}

/* Whoever makes a row look old does not get the rows before it removed. */
static void
test_retention_believes_no_forged_row(void **state)
{
	(void)state;
	place_sql("UPDATE audit_log SET id = zeroblob(16) WHERE chain = 1 AND seq = 4");
	assert_int_equal(retain(PLACE_NOW_MS - DAY_MS, 100), 0);
	assert_int_equal(place_count("SELECT count(*) FROM audit_log"), 8);
}

/* ---- anchors ---- */

static void
test_an_anchor_remembers_what_the_database_has_forgotten(void **state)
{
	struct audit_ring ring = audit_ring_of(place.store);
	struct audit_signing a;
	struct audit_chain anchor;
	struct str word, line;

	(void)state;
	a = sign(true, PLACE_NOW_MS);
	word = audit_anchor_text(&place.arena, &a.heads[1]);
	line = str_printf(&place.arena, "{\"m\":\"%.*s\"}", STR_ARG(word));
	assert_ok(audit_anchor_parse(line, &anchor));
	assert_ok(audit_anchor_check(&ring, place.store, &place.arena, &anchor));
	place_sql("DELETE FROM audit_log WHERE chain = 1 AND seq > 2");
	assert_err(audit_anchor_check(&ring, place.store, &place.arena, &anchor), ERR_NOT_GENUINE);
	anchor.head.seq = 2;
	assert_err(
		audit_anchor_check(&ring, place.store, &place.arena, &anchor), ERR_INVALID_TOKEN);
	assert_err(audit_anchor_parse(STR("audit-head/1/2/3"), &anchor), ERR_MALFORMED);
	assert_err(audit_anchor_parse(STR(""), &anchor), ERR_MALFORMED);
}

static void
test_a_cursor_is_read_strictly(void **state)
{
	static const char *const bad[] = {"", "1", "1.2", "1.2.x", "-2.0.", "..", "a.b.c"};
	struct audit_cursor cursor;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_int_not_equal(audit_cursor_parse(str_of(bad[i]), &cursor), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TRAIL(test_an_untouched_trail_is_intact),
		IN_TRAIL(test_an_edited_row_is_named),
		IN_TRAIL(test_a_removed_row_is_named),
		IN_TRAIL(test_the_first_rows_are_missed),
		IN_TRAIL(test_the_last_rows_are_missed_once_they_were_signed),
		IN_TRAIL(test_what_is_cut_off_a_living_chain_is_missed),
		IN_TRAIL(test_exchanged_rows_are_named),
		IN_TRAIL(test_a_row_that_was_put_in_is_named),
		IN_TRAIL(test_a_chain_that_was_put_in_is_named),
		IN_TRAIL(test_a_chain_that_was_removed_is_named),
		IN_TRAIL(test_the_last_chain_that_was_removed_is_named),
		IN_TRAIL(test_an_edited_record_of_a_chain_is_named),
		IN_TRAIL(test_another_key_proves_nothing),
		IN_TRAIL(test_a_change_that_is_undone_leaves_no_gap),
		IN_TRAIL(test_a_commit_that_fails_leaves_no_gap),
		IN_TRAIL(test_what_a_crash_left_unsigned_is_signed),
		IN_TRAIL(test_a_forged_end_is_not_signed),
		IN_TRAIL(test_a_chain_is_a_day_long),
		IN_TRAIL(test_retention_leaves_a_trail_that_proves_itself),
		IN_TRAIL(test_retention_forgets_chains_of_which_nothing_is_left),
		IN_TRAIL(test_retention_believes_no_forged_row),
		IN_TRAIL(test_an_anchor_remembers_what_the_database_has_forgotten),
		IN_TRAIL(test_a_cursor_is_read_strictly),
	};

	return RUN(tests);
}
