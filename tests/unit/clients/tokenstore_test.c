#include "clients/tokenstore.h"

#include "lib/crypto/digest.h"
#include "tests/support/check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static char root[64];

static const struct stored_token mia = {
	.issuer = {"https://a.example", 17},
	.client_id = {"cli", 3},
	.account = {"mia", 3},
	.token_type = {"Bearer", 6},
	.access_token = {"abc.def", 7},
	.obtained_at = 1000,
	.expires_at = 2000,
};

static int
setup(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof root, "/tmp/authgate-test-XXXXXX");
	return !mkdtemp(root) || setenv("XDG_STATE_HOME", root, 1) || crypto_init();
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	arena_free(&arena);
	(void)snprintf(command, sizeof command, "rm -rf %s", root);
	return system(command);
}

static const char *
save(const struct stored_token *token)
{
	struct token_room room = {.fd = -1};
	struct tokenstore store;
	const char *path = NULL;

	assert_ok(client_tokenstore_open(&arena, true, &store, NULL));
	assert_ok(client_tokenstore_save(&arena, &store, &room, token, &path, NULL));
	client_tokenstore_close(&store);
	return path;
}

static enum err
find_tokens(
	struct token_filter filter, struct stored_token **tokens, size_t *count, struct diag *diag)
{
	struct tokenstore store;
	enum err e = client_tokenstore_open(&arena, false, &store, diag);

	if (e)
		return e;
	e = client_tokenstore_find(&arena, &store, &filter, tokens, count, diag);
	client_tokenstore_close(&store);
	return e;
}

static void
test_nothing_is_found_and_nothing_created_before_the_first_sign_in(void **state)
{
	struct stored_token *tokens;
	size_t count = 9;
	struct stat st;

	(void)state;
	assert_ok(find_tokens((struct token_filter){0}, &tokens, &count, NULL));
	assert_int_equal(count, 0);
	assert_int_not_equal(stat(arena_printf(&arena, "%s/authgate", root), &st), 0);
}

static void
test_saved_sign_in_is_found_and_private(void **state)
{
	const char *path = save(&mia);
	struct stored_token *tokens;
	size_t count;
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(arena_printf(&arena, "%s/authgate", root), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_ok(find_tokens((struct token_filter){.issuer = mia.issuer}, &tokens, &count, NULL));
	assert_int_equal(count, 1);
	assert_str(tokens[0].access_token, "abc.def");
	assert_int_equal(tokens[0].expires_at, 2000);
}

static void
test_another_server_with_the_same_client_never_gets_the_token(void **state)
{
	struct stored_token *tokens;
	size_t count;

	(void)state;
	(void)save(&mia);
	assert_ok(find_tokens((struct token_filter){.issuer = STR("https://b.example"),
				      .client_id = mia.client_id},
		&tokens, &count, NULL));
	assert_int_equal(count, 0);
}

static void
test_keys_that_read_alike_have_files_of_their_own(void **state)
{
	struct stored_token a = mia, b = mia;
	const char *one, *two;

	(void)state;
	a.client_id = STR("cli1"), a.account = STR("2mia");
	b.client_id = STR("cli"), b.account = STR("12mia");
	one = save(&a);
	two = save(&b);
	assert_string_not_equal(one, two);
}

static void
test_signing_in_again_replaces_the_file(void **state)
{
	struct stored_token again = mia;
	struct stored_token *tokens;
	const char *path;
	size_t count;

	(void)state;
	again.access_token = STR("new.one");
	path = save(&mia);
	assert_string_equal(save(&again), path);
	assert_ok(find_tokens((struct token_filter){0}, &tokens, &count, NULL));
	assert_int_equal(count, 1);
	assert_str(tokens[0].access_token, "new.one");
}

static void
test_file_others_may_read_is_refused_with_advice(void **state)
{
	const char *path = save(&mia);
	struct stored_token *tokens;
	struct diag diag;
	size_t count;

	(void)state;
	assert_int_equal(chmod(path, 0644), 0);
	assert_err(find_tokens((struct token_filter){0}, &tokens, &count, &diag), ERR_IO);
	assert_non_null(strstr(diag.text, "chmod 600"));
	assert_null(strstr(diag.text, "abc.def"));
}

static void
test_directory_others_may_enter_is_refused(void **state)
{
	struct stored_token *tokens;
	struct diag diag;
	size_t count;

	(void)state;
	(void)save(&mia);
	assert_int_equal(chmod(arena_printf(&arena, "%s/authgate", root), 0755), 0);
	assert_err(find_tokens((struct token_filter){0}, &tokens, &count, &diag), ERR_IO);
}

static void
test_symbolic_links_are_refused(void **state)
{
	const char *path = save(&mia);
	const char *away = arena_printf(&arena, "%s/away.json", root);
	struct stored_token *tokens;
	struct diag diag;
	size_t count;

	(void)state;
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(symlink(away, path), 0);
	assert_err(find_tokens((struct token_filter){0}, &tokens, &count, &diag), ERR_IO);
	assert_non_null(strstr(diag.text, "symbolic link"));
	/* Saving replaces the link and leaves alone what it pointed to. */
	assert_string_equal(save(&mia), path);
	assert_ok(find_tokens((struct token_filter){0}, &tokens, &count, &diag));
}

static void
test_leftover_of_a_crash_does_not_stop_saving(void **state)
{
	FILE *left;

	(void)state;
	(void)save(&mia);
	left = fopen(arena_printf(&arena, "%s/authgate/.room-1-0", root), "w");
	assert_non_null(left);
	(void)fclose(left);
	(void)save(&mia);
	assert_int_not_equal(access(arena_printf(&arena, "%s/authgate/.room-1-0", root), F_OK), 0);
}

static void
test_deleted_sign_in_is_gone_and_deleting_again_is_fine(void **state)
{
	struct tokenstore store;
	const char *path = save(&mia);

	(void)state;
	assert_ok(client_tokenstore_open(&arena, false, &store, NULL));
	assert_ok(client_tokenstore_delete(&arena, &store, &mia, NULL));
	assert_ok(client_tokenstore_delete(&arena, &store, &mia, NULL));
	client_tokenstore_close(&store);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void
test_text_survives_a_round_trip_and_damage_is_named(void **state)
{
	struct stored_token got;
	struct buf out;

	(void)state;
	buf_init(&out, &arena, 4096);
	client_stored_token_write(&out, &mia, STR_NONE);
	assert_ok(client_stored_token_parse(&arena, buf_str(&out), &got, NULL));
	assert_str(got.account, "mia");
	assert_err(client_stored_token_parse(&arena, STR("{\"version\":1}"), &got, NULL),
		ERR_MALFORMED);
	assert_err(client_stored_token_parse(&arena, STR("{\"version\":2}"), &got, NULL),
		ERR_MALFORMED);
	assert_err(client_stored_token_parse(&arena, STR("{"), &got, NULL), ERR_MALFORMED);
}

static void
test_members_of_other_programs_are_kept(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, &arena, 4096);
	client_stored_token_write(
		&out, &mia, STR("{\"account\":\"old\",\"note\":[1,{\"a\":\"b\"}],\"x,\":true}"));
	assert_non_null(strstr(out.p, ",\"note\":[1,{\"a\":\"b\"}],\"x,\":true}"));
	assert_null(strstr(out.p, "old"));
}

static void
test_token_about_to_end_is_not_fresh(void **state)
{
	(void)state;
	assert_true(client_stored_token_is_fresh(&mia, 1969, 30));
	assert_false(client_stored_token_is_fresh(&mia, 1970, 30));
	/* An end that nobody knows is not "never". */
	assert_false(client_stored_token_is_fresh(&(struct stored_token){0}, 5000, 30));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_is_found_and_nothing_created_before_the_first_sign_in),
		TEST(test_saved_sign_in_is_found_and_private),
		TEST(test_another_server_with_the_same_client_never_gets_the_token),
		TEST(test_keys_that_read_alike_have_files_of_their_own),
		TEST(test_signing_in_again_replaces_the_file),
		TEST(test_file_others_may_read_is_refused_with_advice),
		TEST(test_directory_others_may_enter_is_refused),
		TEST(test_symbolic_links_are_refused),
		TEST(test_leftover_of_a_crash_does_not_stop_saving),
		TEST(test_deleted_sign_in_is_gone_and_deleting_again_is_fine),
		TEST(test_text_survives_a_round_trip_and_damage_is_named),
		TEST(test_members_of_other_programs_are_kept),
		TEST(test_token_about_to_end_is_not_fresh),
	};

	return RUN(tests);
}
