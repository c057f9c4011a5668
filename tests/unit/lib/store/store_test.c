/* The entities, transactions and migrations, on every database. */
#include "tests/support/databases.h"

#include "lib/store/audit_log.h"
#include "lib/store/client.h"
#include "lib/store/device_code.h"
#include "lib/store/lease.h"
#include "lib/store/migrate.h"
#include "lib/store/session.h"
#include "lib/store/signing_key.h"
#include "lib/store/token.h"
#include "lib/store/user.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOW = 1000000, LATER = 2000000 };

static struct store *store;
static struct arena arena;
static struct diag diag;

static struct id
id_of(unsigned n)
{
	struct id id = {{0}};

	id.bytes[0] = 1;
	id.bytes[14] = (uint8_t)(n >> 8);
	id.bytes[15] = (uint8_t)n;
	return id;
}

static int
make_place(void **state)
{
	(void)state;
	return database_make();
}

static int
remove_place(void **state)
{
	(void)state;
	store_close(store);
	store = NULL;
	arena_free(&arena);
	return database_remove();
}

/* User 1, client 2, device code 3 (pending), family 4. */
static int
make_store(void **state)
{
	if (make_place(state))
		return -1;
	store = database_open();
	assert_ok(user_insert(store, &(struct user){.id = id_of(1),
					     .username = STR("ann"),
					     .role = STR("user"),
					     .created_ms = 1,
					     .updated_ms = 1}));
	assert_ok(client_insert(store, &(struct client){.id = id_of(2),
					       .name = STR("tv"),
					       .type = STR("public"),
					       .auth_method = STR("none"),
					       .status = STR("active"),
					       .created_ms = 1}));
	assert_ok(device_code_insert(store, &(struct device_code){.id = id_of(3),
						    .user_code = STR("BCDFGHJK"),
						    .client_id = id_of(2),
						    .interval_s = 5,
						    .expires_ms = LATER}));
	assert_ok(family_insert(store, &(struct family){.id = id_of(4),
					       .kind = STR("device"),
					       .client_id = id_of(2),
					       .user_id = id_of(1)}));
	return 0;
}

static void
test_rows_come_back_as_they_were_written(void **state)
{
	struct user u;
	struct client c;
	int64_t n = 0;

	(void)state;
	assert_ok(user_by_name(store, &arena, STR("ann"), &u));
	assert_true(id_eq(u.id, id_of(1)));
	assert_str(u.email, "");
	assert_ok(user_set_password_hash(store, id_of(1), STR("$y$x"), 7));
	assert_ok(user_by_id(store, &arena, id_of(1), &u));
	assert_str(u.password_hash, "$y$x");
	assert_int_equal(u.updated_ms, 7);
	assert_err(user_by_name(store, &arena, STR("bob"), &u), ERR_NO_ROW);
	assert_ok(client_by_id(store, &arena, id_of(2), &c));
	assert_false(c.has_secret_digest);
	assert_ok(user_count(store, &n));
	assert_int_equal(n, 1);
}

static void
test_taken_names_and_unknown_parents_are_refused(void **state)
{
	(void)state;
	assert_err(user_insert(store, &(struct user){.id = id_of(9), .username = STR("ann")}),
		ERR_ROW_EXISTS);
	assert_err(device_code_insert(store, &(struct device_code){.id = id_of(9),
						     .user_code = STR("BCDFGHJK"),
						     .client_id = id_of(2)}),
		ERR_ROW_EXISTS);
	assert_err(access_token_insert(
			   store, &(struct access_token){.id = id_of(9), .family_id = id_of(77)}),
		ERR_ROW_EXISTS);
	assert_true(strlen(store_error(store)) > 0);
}

static const struct session approver = {
	.user_id = {{[0] = 1, [ID_SIZE - 1] = 1}}, .auth_ms = 5, .amr = STR_INIT("otp")};

static void
test_a_device_code_is_redeemed_once(void **state)
{
	struct device_code d;

	(void)state;
	assert_err(device_code_redeem(store, id_of(3), NOW), ERR_NO_ROW);
	assert_err(device_code_approve(store, id_of(3), &approver, LATER), ERR_NO_ROW);
	assert_ok(device_code_approve(store, id_of(3), &approver, NOW));
	assert_err(device_code_deny(store, id_of(3), id_of(1), NOW), ERR_NO_ROW);
	assert_err(device_code_redeem(store, id_of(3), LATER), ERR_NO_ROW);
	assert_ok(device_code_redeem(store, id_of(3), NOW));
	assert_err(device_code_redeem(store, id_of(3), NOW), ERR_NO_ROW);
	assert_ok(device_code_slow_down(store, id_of(3), 5));
	assert_ok(device_code_by_user_code(store, &arena, STR("BCDFGHJK"), &d));
	assert_str(d.state, "redeemed");
	assert_int_equal(d.auth_ms, 5);
	assert_str(d.amr, "otp");
	assert_int_equal(d.interval_s, 10);
}

static void
test_a_disabled_user_or_client_stops_redemption(void **state)
{
	(void)state;
	assert_ok(device_code_approve(store, id_of(3), &approver, NOW));
	database_raw("UPDATE users SET disabled_ms = 1");
	assert_err(device_code_redeem(store, id_of(3), NOW), ERR_NO_ROW);
	database_raw("UPDATE users SET disabled_ms = NULL; UPDATE clients SET status = 'disabled'");
	assert_err(device_code_redeem(store, id_of(3), NOW), ERR_NO_ROW);
	database_raw("UPDATE clients SET status = 'active'");
	assert_ok(device_code_redeem(store, id_of(3), NOW));
}

static void
test_a_review_is_taken_once_and_only_for_its_request(void **state)
{
	struct session x = {.id = id_of(5), .user_id = id_of(1), .expires_ms = LATER};
	int64_t n = 0;

	(void)state;
	assert_ok(session_insert(store, &x));
	assert_ok(session_set_review(store, id_of(5), id_of(3)));
	assert_err(session_hold_review(store, id_of(5), id_of(4)), ERR_NO_ROW);
	assert_ok(session_hold_review(store, id_of(5), id_of(3)));
	assert_ok(session_purge(store, NOW, 10, &n));
	assert_int_equal(n, 0);
	assert_ok(session_purge(store, LATER, 10, &n));
	assert_int_equal(n, 1);
}

static void
test_purge_takes_expired_tokens_behind_long_lived_ones(void **state)
{
	struct access_token t = {.family_id = id_of(4)};
	int64_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		t.id = id_of(10 + i);
		t.expires_ms = i < 2 ? LATER : NOW - 1;
		assert_ok(access_token_insert(store, &t));
	}
	assert_ok(access_token_purge(store, NOW, 3, &n));
	assert_int_equal(n, 3);
	assert_ok(access_token_purge(store, NOW, 3, &n));
	assert_int_equal(n, 1);
	assert_ok(access_token_by_id(store, &arena, id_of(10), &t));
}

static void
test_tokens_go_with_their_user(void **state)
{
	struct access_token t = {.id = id_of(10), .family_id = id_of(4)};

	(void)state;
	assert_ok(access_token_insert(store, &t));
	database_raw("DELETE FROM users");
	assert_err(access_token_by_id(store, &arena, id_of(10), &t), ERR_NO_ROW);
	assert_ok(family_ensure_for_client(store, &(struct client){.id = id_of(2)}, NOW));
	assert_ok(family_ensure_for_client(store, &(struct client){.id = id_of(2)}, NOW));
}

static void
test_signing_keys_are_listed_oldest_first(void **state)
{
	struct signing_key list[SIGNING_KEYS_MAX];
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		assert_ok(signing_key_insert(store, &(struct signing_key){.id = id_of(21 - i),
							    .kid = i ? STR("a") : STR("b"),
							    .sealed = STR("x\0y")}));
	assert_ok(signing_key_list(store, &arena, list, &n));
	assert_int_equal(n, 2);
	assert_str(list[0].kid, "a");
	assert_int_equal(list[0].sealed.n, 3);
}

static enum err
insert_token(struct store *s, void *arg)
{
	return access_token_insert(s, arg);
}

static enum err
insert_then_fail(struct store *s, void *arg)
{
	enum err e = access_token_insert(s, arg);

	return e ? e : ERR_CONFLICT;
}

static void
test_a_failing_change_leaves_the_others_of_its_group(void **state)
{
	struct access_token t[] = {{.id = id_of(10), .family_id = id_of(4)},
		{.id = id_of(11), .family_id = id_of(4)}, {.id = id_of(12), .family_id = id_of(4)}};
	store_change *const changes[] = {insert_token, insert_then_fail, insert_token};
	void *const args[] = {&t[0], &t[1], &t[2]};
	enum err results[3];

	(void)state;
	store_commit_group(store, changes, args, results, 3);
	assert_ok(results[0]);
	assert_err(results[1], ERR_CONFLICT);
	assert_ok(results[2]);
	assert_ok(access_token_by_id(store, &arena, id_of(12), &t[0]));
	assert_err(access_token_by_id(store, &arena, id_of(11), &t[0]), ERR_NO_ROW);
	store_commit_group(store, changes + 1, args + 1, results, 1);
	assert_err(results[0], ERR_CONFLICT);
	assert_err(access_token_by_id(store, &arena, id_of(11), &t[0]), ERR_NO_ROW);
}

static enum err
write_nothing(struct store *s, void *arg)
{
	(void)s;
	(void)arg;
	return OK;
}

static void
test_a_full_disk_fails_the_group_and_leaves_the_store_usable(void **state)
{
	struct access_token t[] = {
		{.id = id_of(10), .family_id = id_of(4)}, {.id = id_of(11), .family_id = id_of(4)}};
	store_change *const changes[] = {insert_token, insert_token};
	void *const args[] = {&t[0], &t[1]};
	struct rlimit old, small;
	enum err results[2];
	uint64_t writes = store_writes(store);

	(void)state;
	if (!database_is_sqlite())
		skip();
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){4096, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	store_commit_group(store, changes, args, results, 2);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_err(results[0], ERR_STORE);
	assert_err(results[1], ERR_STORE);
	/* RLIMIT_FSIZE is told as EFBIG, which SQLite does not take for a full disk. */
	assert_int_equal(store_trouble(store), STORE_FAILED);
	assert_int_equal(store_writes(store), writes);
	assert_err(access_token_by_id(store, &arena, id_of(10), &t[0]), ERR_NO_ROW);
	t[0] = (struct access_token){.id = id_of(10), .family_id = id_of(4)};
	store_commit_group(store, changes, args, results, 2);
	assert_ok(results[0]);
	assert_ok(results[1]);
	assert_int_equal(store_writes(store), writes + 1);
	assert_ok(store_transaction(store, write_nothing, NULL));
	assert_int_equal(store_writes(store), writes + 1);
}

static void
test_the_file_is_private_and_a_reader_cannot_write(void **state)
{
	struct store_setup s = database_setup(false);
	struct store *reader;
	struct stat st;

	(void)state;
	if (!database_is_sqlite())
		skip();
	assert_int_equal(stat(database.dsn, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_ok(store_open(&s, &reader, &diag));
	assert_err(session_delete_of_user(reader, id_of(1)), ERR_STORE);
	store_close(reader);
}

static void
test_migrations_go_up_down_and_up(void **state)
{
	struct store_setup s = database_setup(true);
	int n = -1;

	(void)state;
	assert_ok(migrate_up(&s, &n, &diag));
	assert_true(n > 0);
	assert_ok(migrate_verify(&s, &diag));
	assert_ok(migrate_down(&s, 0, &diag));
	assert_err(migrate_verify(&s, &diag), ERR_CONFIG);
	assert_ok(migrate_up(&s, NULL, &diag));
	assert_ok(migrate_up(&s, &n, &diag));
	assert_int_equal(n, 0);
}

static void
test_an_edited_past_and_a_newer_schema_are_refused(void **state)
{
	struct store_setup s = database_setup(true);

	(void)state;
	assert_ok(migrate_up(&s, NULL, &diag));
	database_raw("INSERT INTO schema_migrations VALUES (99, '0099_new', 'x', 1)");
	assert_err(migrate_up(&s, NULL, &diag), ERR_CONFIG);
	database_raw("DELETE FROM schema_migrations WHERE version = 99;"
		     "UPDATE schema_migrations SET sha256 = 'x' WHERE version = 1");
	assert_err(migrate_verify(&s, &diag), ERR_CONFIG);
	assert_non_null(strstr(diag.text, "0001_init.up.sql"));
}

static void
test_two_processes_migrate_once(void **state)
{
	struct store_setup s = database_setup(true);
	int total = 0, n = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		if (fork() == 0)
			_exit(migrate_up(&s, &n, &diag) ? 100 : n);
	for (int i = 0; i < 3; i++) {
		int status;

		assert_true(wait(&status) > 0);
		total += WEXITSTATUS(status);
	}
	assert_ok(migrate_up(&s, &n, &diag));
	assert_int_equal(n, 0);
	assert_true(total > 0 && total < 100);
}

static void
test_a_killed_migration_leaves_a_schema_that_goes_on(void **state)
{
	struct store_setup s = database_setup(true);

	(void)state;
	for (int round = 0; round < 12; round++) {
		pid_t child = fork();

		if (child == 0) {
			for (;;)
				if (migrate_up(&s, NULL, &diag) || migrate_down(&s, 0, &diag))
					_exit(1);
		}
		(void)usleep(3000 + 1700 * (useconds_t)round);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_ok(migrate_up(&s, NULL, &diag));
		assert_ok(migrate_verify(&s, &diag));
		assert_ok(store_open(&s, &store, &diag));
		store_close(store);
		store = NULL;
	}
}

static void
test_a_lease_is_taken_by_who_has_seen_its_latest_beat(void **state)
{
	const struct lease none = {.beat = 0};
	struct lease seen, stale;

	(void)state;
	assert_err(lease_read(store, STR("office"), &seen), ERR_NO_ROW);
	assert_ok(lease_take(store, STR("office"), id_of(1), none));
	assert_err(lease_take(store, STR("office"), id_of(2), none), ERR_NO_ROW);
	assert_ok(lease_read(store, STR("office"), &stale));
	assert_true(id_eq(stale.holder, id_of(1)));
	assert_ok(lease_take(store, STR("office"), id_of(1), stale));
	assert_err(lease_take(store, STR("office"), id_of(2), stale), ERR_NO_ROW);
	assert_ok(lease_read(store, STR("office"), &seen));
	assert_ok(lease_take(store, STR("office"), id_of(2), seen));
	assert_ok(lease_release(store, STR("office"), id_of(1)));
	assert_ok(lease_read(store, STR("office"), &seen));
	assert_true(id_eq(seen.holder, id_of(2)));
	assert_ok(lease_release(store, STR("office"), id_of(2)));
	assert_err(lease_read(store, STR("office"), &seen), ERR_NO_ROW);
}

#define ON(setup, test) cmocka_unit_test_setup_teardown(test, setup, remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(make_store, test_rows_come_back_as_they_were_written),
		ON(make_store, test_taken_names_and_unknown_parents_are_refused),
		ON(make_store, test_a_device_code_is_redeemed_once),
		ON(make_store, test_a_disabled_user_or_client_stops_redemption),
		ON(make_store, test_a_review_is_taken_once_and_only_for_its_request),
		ON(make_store, test_purge_takes_expired_tokens_behind_long_lived_ones),
		ON(make_store, test_tokens_go_with_their_user),
		ON(make_store, test_signing_keys_are_listed_oldest_first),
		ON(make_store, test_a_failing_change_leaves_the_others_of_its_group),
		ON(make_store, test_a_full_disk_fails_the_group_and_leaves_the_store_usable),
		ON(make_store, test_the_file_is_private_and_a_reader_cannot_write),
		ON(make_store, test_a_lease_is_taken_by_who_has_seen_its_latest_beat),
		ON(make_place, test_migrations_go_up_down_and_up),
		ON(make_place, test_an_edited_past_and_a_newer_schema_are_refused),
		ON(make_place, test_two_processes_migrate_once),
		ON(make_place, test_a_killed_migration_leaves_a_schema_that_goes_on),
	};

	return database_each(tests);
}
