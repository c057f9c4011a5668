#include "clients/qr.h"

#include "tests/support/check.h"

#define URL STR("https://auth.example.com/device?user_code=WDJB-MJHT")

static const struct terminal wide = {
	.tty = true, .moves = true, .utf8 = true, .columns = 80, .rows = 24};

static struct arena arena;

static struct buf
draw(enum qr_when when, struct terminal terminal, bool *shown)
{
	struct buf out;

	buf_init(&out, &arena, 64 * 1024);
	*shown = client_qr_write(&out, URL, when, &terminal, 7);
	return out;
}

static int
lines(const struct buf *b)
{
	int count = 0;

	for (size_t i = 0; i < b->n; i++)
		count += b->p[i] == '\n';
	return count;
}

static void
test_ordinary_address_fits_an_80_by_24_terminal(void **state)
{
	bool shown;
	struct buf out = draw(QR_AUTO, wide, &shown);

	(void)state;
	assert_true(shown);
	assert_int_equal(lines(&out), 17);
	arena_free(&arena);
}

static void
test_finder_pattern_is_drawn_light_on_the_quiet_zone(void **state)
{
	bool shown;
	struct buf out = draw(QR_AUTO, wide, &shown);

	(void)state;
	/* Without colours light is ink: a full row of it, then the finder's edge:
	 * two light columns, then seven dark above dark-light. */
	assert_true(str_starts(buf_str(&out), STR("  █████")));
	assert_non_null(strstr(out.p, "\n  ██ ▄▄▄▄▄ "));
	arena_free(&arena);
}

static void
test_colours_turn_ink_into_dark_and_set_both_explicitly(void **state)
{
	struct terminal terminal = wide;
	bool shown;
	struct buf out;

	(void)state;
	terminal.color = true;
	out = draw(QR_AUTO, terminal, &shown);
	assert_non_null(strstr(out.p, "\033[38;5;16;48;5;231m  █▀▀▀▀▀█ "));
	arena_free(&arena);
}

static void
test_no_room_no_utf8_or_no_terminal_means_no_code(void **state)
{
	struct terminal t;
	bool shown;

	(void)state;
	t = wide, t.columns = 30;
	(void)draw(QR_ALWAYS, t, &shown);
	assert_false(shown);
	t = wide, t.rows = 23;
	(void)draw(QR_AUTO, t, &shown);
	assert_false(shown);
	(void)draw(QR_ALWAYS, t, &shown);
	assert_true(shown);
	t = wide, t.utf8 = false;
	(void)draw(QR_ALWAYS, t, &shown);
	assert_false(shown);
	t = wide, t.moves = false;
	(void)draw(QR_AUTO, t, &shown);
	assert_false(shown);
	(void)draw(QR_NEVER, wide, &shown);
	assert_false(shown);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordinary_address_fits_an_80_by_24_terminal),
		cmocka_unit_test(test_finder_pattern_is_drawn_light_on_the_quiet_zone),
		cmocka_unit_test(test_colours_turn_ink_into_dark_and_set_both_explicitly),
		cmocka_unit_test(test_no_room_no_utf8_or_no_terminal_means_no_code),
	};

	return RUN(tests);
}
