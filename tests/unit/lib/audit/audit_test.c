/* The audit trail: clean, complete, and there exactly if the change is. */
#include "tests/support/store.h"

#include "lib/audit/audit.h"
#include "lib/store/audit_log.h"

static const struct id the_end = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff}};

static struct context
context_now(void)
{
	return (struct context){
		.arena = &place.arena,
		.store = place.store,
		.now_ms = PLACE_NOW_MS,
		.ip = STR("192.0.2.1"),
		.user_agent = STR("browser"),
		.request_id = STR("r1"),
	};
}

static struct audit_row
last_row(void)
{
	struct audit_row row = {.at_ms = 0};
	struct audit_query query = {.before = the_end, .limit = 1};
	struct id next;
	size_t n = 0;

	assert_ok(audit_log_find(place.store, &place.arena, &query, &row, &n, &next));
	assert_int_equal(n, 1);
	return row;
}

static void
write_now(const struct context *cx, const struct audit_record *record)
{
	struct audit_change change = {cx, *record};

	assert_ok(store_transaction(place.store, audit_write_change, &change));
}

static void
test_a_row_holds_who_what_when_and_from_where(void **state)
{
	struct context cx = context_now();
	struct audit_row row;

	(void)state;
	write_now(&cx, &(struct audit_record){.event = AUDIT_EVENT_LOGIN,
			       .actor = audit_actor_user(&place.arena, STR("mia")),
			       .target = audit_actor_client(&place.arena, id_of(2)),
			       .detail = STR("a=b")});
	row = last_row();
	assert_str(row.event, "AUTHENTICATION_SUCCESS");
	assert_str(row.actor, "user:mia");
	assert_true(str_starts(row.target, STR("client:")));
	assert_int_equal(row.target.n, 7 + 36);
	assert_str(row.detail, "a=b");
	assert_str(row.request_id, "r1");
	assert_str(row.ip, "192.0.2.1");
	assert_str(row.user_agent, "browser");
	assert_int_equal(row.at_ms, PLACE_NOW_MS);
}

static void
test_text_from_outside_is_cut_and_cleaned(void **state)
{
	struct context cx = context_now();
	char *big = arena_alloc(&place.arena, 5000);
	struct audit_row row;

	(void)state;
	memset(big, 'x', 4999);
	cx.user_agent = str_of(big);
	write_now(&cx, &(struct audit_record){.event = AUDIT_EVENT_LOGIN_FAILED,
			       .actor = STR("user:a\nb\x1b[2Jc\0d\x7f"),
			       .target = str_of(big),
			       .detail = STR("bad \xff utf-8")});
	row = last_row();
	assert_str(row.actor, "user:a?b?[2Jc?d?");
	assert_int_equal(row.target.n, 128);
	assert_int_equal(row.user_agent.n, 256);
	assert_str(row.detail, "bad ? utf-8");
}

static void
test_a_single_character_that_misleads_is_enough(void **state)
{
	static const struct str dirty[] = {{"a\x1b", 2}, {"a\x1f", 2}, {"a\x7f", 2}, {"a\0", 2},
		{"a\n", 2}, STR_INIT("a\xc2\x85"), STR_INIT("a\xc2\x9b"), STR_INIT("a\xd8\x9c"),
		STR_INIT("a\xe2\x80\x8e"), STR_INIT("a\xe2\x80\xa8"), STR_INIT("a\xe2\x80\xae"),
		STR_INIT("a\xe2\x81\xa6"), STR_INIT("a\xef\xbb\xbf"), STR_INIT("a\xff")};
	struct context cx = context_now();

	(void)state;
	for (size_t i = 0; i < countof(dirty); i++) {
		cx.now_ms++;
		write_now(&cx, &(struct audit_record){
				       .event = AUDIT_EVENT_LOGIN_FAILED, .actor = dirty[i]});
		assert_str(last_row().actor, "a?");
	}
}

static void
test_names_in_any_script_stay_as_they_are(void **state)
{
	struct context cx = context_now();

	(void)state;
	write_now(&cx, &(struct audit_record){.event = AUDIT_EVENT_LOGIN,
			       .actor = STR("user:Zo\xc3\xab"),
			       .target = STR("x"),
			       .detail = STR_NONE});
	assert_str(last_row().actor, "user:Zo\xc3\xab");
}

struct step {
	struct audit_change audit;
	enum err after;
};

static enum err
rename_and_audit(struct store *s, void *arg)
{
	struct step *step = arg;
	enum err e = user_set_password_hash(s, place.user.id, STR("new"), PLACE_NOW_MS);

	if (e || (e = audit_write_change(s, &step->audit)))
		return e;
	return step->after;
}

static void
test_the_row_is_there_exactly_if_the_change_is(void **state)
{
	struct context cx = context_now();
	struct step good = {{&cx, {.event = AUDIT_EVENT_LOGIN, .actor = STR("good")}}, OK};
	struct step bad = {{&cx, {.event = AUDIT_EVENT_LOGIN, .actor = STR("bad")}}, ERR_CONFLICT};
	store_change *const changes[] = {rename_and_audit, rename_and_audit};
	void *const args[] = {&bad, &good};
	enum err results[2];

	(void)state;
	assert_err(store_transaction(place.store, rename_and_audit, &bad), ERR_CONFLICT);
	assert_int_equal(place_count("SELECT count(*) FROM audit_log"), 0);
	assert_int_equal(place_count("SELECT count(*) FROM users WHERE password_hash = 'new'"), 0);
	store_commit_group(place.store, changes, args, results, 2);
	assert_err(results[0], ERR_CONFLICT);
	assert_ok(results[1]);
	assert_int_equal(place_count("SELECT count(*) FROM audit_log"), 1);
	assert_str(last_row().actor, "good");
}

static void
test_a_change_whose_row_cannot_be_written_does_not_happen(void **state)
{
	struct context cx = context_now();
	struct step step = {{&cx, {.event = AUDIT_EVENT_LOGIN, .actor = STR("x")}}, OK};

	(void)state;
	place_sql("CREATE TRIGGER full BEFORE INSERT ON audit_log "
		  "BEGIN SELECT RAISE(ABORT, 'full'); END");
	assert_err(store_transaction(place.store, rename_and_audit, &step), ERR_STORE);
	assert_int_equal(place_count("SELECT count(*) FROM users WHERE password_hash = 'new'"), 0);
}

static void
test_every_event_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = 0; a < AUDIT_EVENT_COUNT; a++) {
		assert_non_null(audit_event_name((enum audit_event)a));
		assert_true(strlen(audit_event_sentence((enum audit_event)a)) > 10);
		assert_true(audit_event_severity((enum audit_event)a) <= AUDIT_CRITICAL);
		assert_true(*audit_severity_of(str_of(audit_event_name((enum audit_event)a))));
		for (int b = 0; b < a; b++)
			assert_string_not_equal(audit_event_name((enum audit_event)a),
				audit_event_name((enum audit_event)b));
	}
}

static void
test_a_severity_is_found_by_name(void **state)
{
	(void)state;
	assert_string_equal(audit_severity_of(STR("SUSPICIOUS_ACTIVITY")), "critical");
	assert_string_equal(audit_severity_of(STR("LOGOUT")), "info");
	assert_string_equal(audit_severity_of(STR("LOGOU")), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_severity_is_found_by_name),
		IN_PLACE(test_a_row_holds_who_what_when_and_from_where),
		IN_PLACE(test_text_from_outside_is_cut_and_cleaned),
		IN_PLACE(test_a_single_character_that_misleads_is_enough),
		IN_PLACE(test_names_in_any_script_stay_as_they_are),
		IN_PLACE(test_the_row_is_there_exactly_if_the_change_is),
		IN_PLACE(test_a_change_whose_row_cannot_be_written_does_not_happen),
		cmocka_unit_test(test_every_event_has_a_name_of_its_own),
	};

	return RUN(tests);
}
