#include "admin-tui/list.h"
#include "tests/support/console.h"

#include <stdlib.h>

enum { EVERYBODY = 1000000 };

/* ---- a server of a few lines ---- */

static struct {
	int count;         /* of clients */
	int gone;          /* this one is not there any more; 0: none is */
	const char *state; /* of all of them */
	int tokens;
} here;

static int64_t
number_after(struct str target, const char *what)
{
	const char *at = strstr(target.p, what);

	return at ? strtoll(at + strlen(what), NULL, 10) : -1;
}

static void
add_client(struct buf *out, int64_t i)
{
	json_open(out, '{');
	json_key(out, "client_id");
	buf_add_printf(out, "\"%lld\"", (long long)i);
	json_key(out, "name");
	buf_add_printf(out, "\"client-%lld\"", (long long)i);
	json_member_str(out, "type", i % 2 ? STR("public") : STR("confidential"));
	json_member_str(out, "status", str_of(here.state));
	json_member_str(out, "created_at", STR("2026-09-21T10:00:00Z"));
	json_member_words(out, "scopes", STR("openid email"));
	json_member_bool(out, "require_pkce", true);
	json_close(out, '}');
}

static struct str
list_clients(struct arena *arena, struct str target)
{
	int64_t after = number_after(target, "after="), i = after < 0 ? 1 : after + 1, n = 0;
	struct buf out;

	buf_init(&out, arena, 1 << 20);
	json_open(&out, '{');
	json_key(&out, "clients");
	json_open(&out, '[');
	for (; i <= here.count && n < TUI_PAGE_ROWS; i++)
		if (i != here.gone) {
			add_client(&out, i);
			n++;
		}
	json_close(&out, ']');
	if (i <= here.count)
		json_member_str(&out, "next", str_printf(arena, "%lld", (long long)(i - 1)));
	json_close(&out, '}');
	return buf_str(&out);
}

static struct str
list_tokens(struct arena *arena)
{
	struct buf out;

	buf_init(&out, arena, 1 << 20);
	json_open(&out, '{');
	json_key(&out, "tokens");
	json_open(&out, '[');
	for (int i = 0; i < here.tokens; i++) {
		json_open(&out, '{');
		json_member_str(&out, "user_id", i % 2 ? STR("mia") : STR("leo"));
		json_close(&out, '}');
	}
	json_close(&out, ']');
	json_close(&out, '}');
	return buf_str(&out);
}

static int
answer(struct arena *arena, struct str method, struct str target, struct str body,
	struct str *ret_json)
{
	struct buf one;

	(void)body;
	if (str_starts(target, STR("/api/admin/v1/tokens")))
		*ret_json = list_tokens(arena);
	else if (str_is(method, "GET") && str_starts(target, STR("/api/admin/v1/clients/"))) {
		buf_init(&one, arena, 4096);
		add_client(&one, number_after(target, "/clients/"));
		*ret_json = buf_str(&one);
	} else if (str_is(method, "GET") && str_starts(target, STR("/api/admin/v1/clients")))
		*ret_json = list_clients(arena, target);
	else if (str_ends(target, STR("/rotate-secret")))
		*ret_json = STR("{\"client_id\":\"1\",\"client_secret\":\"hunter2-hunter2\"}");
	else if (str_ends(target, STR("/disable")))
		here.state = "disabled";
	else if (str_ends(target, STR("/enable")))
		here.state = "active";
	return 200;
}

static int
reset(void **state)
{
	(void)state;
	here.count = 40;
	here.gone = 0;
	here.state = "active";
	here.tokens = 0;
	return 0;
}

/* ---- lists ---- */

static void
test_the_selection_follows_its_row(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, answer, false);
	desk_type(&d, "j j j");
	assert_at(&d, "client-4");
	here.gone = 2;
	desk_pass(&d, TUI_REFRESH_MS);
	assert_hides(&d, "client-2 ");
	assert_at(&d, "client-4");
	/* Its own row is gone: the place stays. */
	here.gone = 4;
	desk_pass(&d, TUI_REFRESH_MS);
	assert_at(&d, "client-3");
	desk_close(&d);
}

static void
test_memory_holds_a_window_of_a_long_list(void **state)
{
	struct tui_list *l;
	struct desk d;

	(void)state;
	here.count = EVERYBODY;
	desk_open(&d, answer, false);
	l = tui_list_of(tui_top(d.tui));
	for (int i = 0; i < 300; i++)
		desk_type(&d, "PgDn");
	assert_at(&d, "client-5401");
	assert_int_equal(tui_rows_count(&l->rows), TUI_PAGES_MAX * TUI_PAGE_ROWS);
	assert_shows(&d, "5401/");
	for (int i = 0; i < 300; i++)
		desk_type(&d, "PgUp");
	assert_at(&d, "client-1 ");
	assert_int_equal(l->rows.first, 0);
	desk_close(&d);
}

static void
test_a_filter_with_a_field_is_asked_of_the_server(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, answer, false);
	desk_forget(&d);
	desk_type(&d, "\\");
	desk_write(&d, "status:active client 7 !1");
	desk_type(&d, "Enter");
	assert_true(desk_was_asked(&d, "clients?status=active&search=client%207&limit=100"));
	assert_shows(&d, "filter: status:active client 7 !1");
	/* This server looks for nothing; what is left out is left out here. */
	assert_at(&d, "client-2");
	assert_hides(&d, "client-17");
	desk_type(&d, "\\");
	desk_write(&d, " color:red");
	desk_type(&d, "Enter");
	assert_shows(&d, ", not by color");
	desk_type(&d, "Esc");
	assert_hides(&d, "filter:");
	assert_shows(&d, "client-17");
	desk_close(&d);
}

static void
test_search_moves_while_it_is_typed(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, answer, false);
	desk_type(&d, "/");
	desk_write(&d, "-3");
	assert_shows(&d, "/-3");
	desk_type(&d, "Enter");
	assert_at(&d, "client-3 ");
	desk_type(&d, "n");
	assert_at(&d, "client-30");
	desk_type(&d, "N");
	assert_at(&d, "client-3 ");
	desk_type(&d, "Esc /");
	desk_write(&d, "zzz");
	desk_type(&d, "Enter");
	assert_shows(&d, "zzz is not in the 40 rows");
	desk_close(&d);
}

static void
test_sorting_and_turning_it_round(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, answer, false);
	desk_type(&d, "s s");
	assert_shows(&d, "sort: Name");
	desk_type(&d, "g");
	assert_at(&d, "client-1 ");
	desk_type(&d, "S g");
	assert_at(&d, "client-9");
	desk_close(&d);
}

static void
test_a_thing_opens_and_leads_back(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, answer, false);
	desk_type(&d, "Right");
	assert_shows(&d, "client client-1");
	desk_type(&d, "o");
	assert_shows(&d, "this database");
	desk_type(&d, "Left");
	assert_hides(&d, "client client-1");
	desk_close(&d);
}

/* ---- operations ---- */

static void
test_enter_on_a_question_does_nothing(void **state)
{
	struct desk d;

	(void)state;
	here.tokens = 5;
	desk_open(&d, answer, false);
	desk_forget(&d);
	desk_type(&d, "d");
	assert_shows(&d, "Disable client \"client-1\"?");
	assert_shows(&d, "It ends 5 living tokens of 2 users.");
	assert_at(&d, "[ Cancel ]");
	desk_type(&d, "Enter");
	assert_hides(&d, "Disable client \"");
	assert_false(desk_was_asked(&d, "POST"));
	desk_type(&d, "d Tab Enter");
	assert_true(desk_was_asked(&d, "POST /api/admin/v1/clients/1/disable"));
	assert_shows(&d, "z undoes it");
	desk_type(&d, "z");
	assert_true(desk_was_asked(&d, "POST /api/admin/v1/clients/1/enable"));
	desk_close(&d);
}

static void
test_what_cannot_be_undone_wants_the_name(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, answer, false);
	desk_type(&d, "D Tab Enter");
	assert_shows(&d, "Type the name");
	assert_false(desk_was_asked(&d, "DELETE"));
	desk_write(&d, "client-1");
	desk_type(&d, "Tab Tab Enter");
	assert_true(desk_was_asked(&d, "DELETE /api/admin/v1/clients/1"));
	desk_close(&d);
}

static void
test_tags_are_done_one_after_the_other(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, answer, false);
	desk_type(&d, "Space j Space");
	assert_shows(&d, "2 tagged");
	desk_type(&d, "d");
	assert_shows(&d, "Disable 2 clients?");
	desk_type(&d, "Tab Enter");
	assert_true(desk_was_asked(&d, "POST /api/admin/v1/clients/1/disable"));
	assert_true(desk_was_asked(&d, "POST /api/admin/v1/clients/3/disable"));
	assert_false(desk_was_asked(&d, "POST /api/admin/v1/clients/2/disable"));
	assert_hides(&d, "tagged");
	desk_close(&d);
}

static void
test_a_secret_is_shown_until_somebody_has_it(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, answer, false);
	desk_type(&d, "j p Tab Enter");
	assert_shows(&d, "hunter2-hunter2");
	desk_type(&d, "Esc q");
	assert_shows(&d, "hunter2-hunter2");
	desk_type(&d, "c");
	assert_int_equal(d.tui->wants_copy->n, 15);
	desk_type(&d, "y");
	assert_hides(&d, "hunter2");
	desk_close(&d);
}

static void
test_only_what_does_something_is_offered(void **state)
{
	struct desk d;

	(void)state;
	d.columns = 160;
	desk_open(&d, answer, false);
	d.columns = 160;
	desk_pass(&d, TUI_REFRESH_MS);
	assert_shows(&d, "d:Disable");
	assert_hides(&d, "a:Approve");
	here.state = "pending";
	desk_pass(&d, TUI_REFRESH_MS);
	assert_shows(&d, "a:Approve");
	assert_hides(&d, "d:Disable");
	here.state = "disabled";
	desk_pass(&d, TUI_REFRESH_MS);
	assert_shows(&d, "d:Enable");
	desk_close(&d);
}

static void
test_an_edit_sends_what_was_changed(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, answer, false);
	desk_forget(&d);
	desk_type(&d, "e");
	assert_shows(&d, "Edit client client-1");
	assert_at(&d, "client-1");
	desk_write(&d, "x");
	desk_type(&d, "Esc");
	assert_shows(&d, "Nothing of this has been saved");
	desk_type(&d, "^S");
	assert_true(desk_was_asked(&d, "PATCH /api/admin/v1/clients/1 {\"name\":\"client-1x\"}\n"));
	desk_close(&d);
}

static void
test_a_console_that_only_looks_offers_nothing_that_changes(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, answer, true);
	desk_type(&d, "d");
	assert_shows(&d, "This console only looks");
	desk_type(&d, "x e n D p a");
	assert_false(desk_was_asked(&d, "POST"));
	desk_close(&d);
}

/* ---- the connection ---- */

static void
test_rows_stay_while_nobody_answers(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, answer, false);
	d.status = 502;
	desk_pass(&d, TUI_REFRESH_MS);
	assert_shows(&d, "disconnected, again in 1 s");
	assert_shows(&d, "client-1 ");
	desk_type(&d, "d");
	assert_shows(&d, "Not while nobody answers");
	desk_type(&d, "j");
	d.status = 0;
	desk_pass(&d, 1500);
	assert_hides(&d, "disconnected");
	desk_close(&d);
}

/* ---- the command line ---- */

static void
test_commands_lead_to_screens_and_complete(void **state)
{
	struct desk d;

	(void)state;
	desk_open(&d, answer, false);
	desk_type(&d, ":");
	desk_write(&d, "tok");
	desk_type(&d, "Tab Enter");
	assert_shows(&d, " Tokens ");
	desk_type(&d, ":");
	desk_write(&d, "clients 7");
	desk_type(&d, "Enter");
	assert_shows(&d, "filter: 7");
	desk_type(&d, ":");
	desk_write(&d, "client 12");
	desk_type(&d, "Enter");
	assert_shows(&d, "client client-12");
	desk_type(&d, ": Up Up");
	assert_shows(&d, ":clients 7");
	desk_type(&d, "Esc :");
	desk_write(&d, "nothing");
	desk_type(&d, "Enter");
	assert_shows(&d, "There is no command nothing");
	desk_close(&d);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_selection_follows_its_row),
		TEST(test_memory_holds_a_window_of_a_long_list),
		TEST(test_a_filter_with_a_field_is_asked_of_the_server),
		TEST(test_search_moves_while_it_is_typed),
		TEST(test_sorting_and_turning_it_round),
		TEST(test_a_thing_opens_and_leads_back),
		TEST(test_enter_on_a_question_does_nothing),
		TEST(test_what_cannot_be_undone_wants_the_name),
		TEST(test_tags_are_done_one_after_the_other),
		TEST(test_a_secret_is_shown_until_somebody_has_it),
		TEST(test_only_what_does_something_is_offered),
		TEST(test_an_edit_sends_what_was_changed),
		TEST(test_a_console_that_only_looks_offers_nothing_that_changes),
		TEST(test_rows_stay_while_nobody_answers),
		TEST(test_commands_lead_to_screens_and_complete),
	};

	return RUN(tests);
}
