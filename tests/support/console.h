/*
 * A console without a terminal: keys are typed into it, its canvas is read, and a server of a few
 *lines answers.
 *
 *	struct desk d;
 *	desk_open(&d, answer);
 *	desk_type(&d, "j j Enter");
 *	assert_true(desk_shows(&d, "laptop-cli"));
 *	desk_close(&d);
 */
#ifndef TESTS_SUPPORT_CONSOLE_H
#define TESTS_SUPPORT_CONSOLE_H

#include "admin-tui/ask.h"
#include "admin-tui/console.h"
#include "admin-tui/open.h"
#include "lib/base/secret.h"

#include "tests/support/check.h"

/* A status, and JSON in the arena. */
typedef int desk_answer(struct arena *, struct str method, struct str target, struct str body,
	struct str *ret_json);

struct desk {
	struct tui *tui;
	struct door *door;
	desk_answer *answer;
	char asked[4096]; /* "METHOD target body\n" of all that was asked */
	int status;       /* not 0: instead of what answer says */
	int rows, columns;
	struct arena arena; /* of what was read */
};

static inline void
desk_local(void *context, struct arena *arena, struct str method, struct str target,
	struct str json, int *ret_status, struct str *ret_body)
{
	struct desk *d = context;
	size_t n = strlen(d->asked);

	(void)snprintf(d->asked + n, sizeof d->asked - n, "%.*s %.*s %.*s\n", STR_ARG(method),
		STR_ARG(target), STR_ARG(json));
	*ret_body = STR("{}");
	*ret_status = d->answer(arena, method, target, json, ret_body);
	if (d->status) {
		*ret_status = d->status;
		*ret_body = STR("nonsense");
	}
	*ret_body = str_copy(arena, *ret_body);
}

/* Until nothing is under way. */
static inline void
desk_settle(struct desk *d)
{
	do {
		d->tui->now_ms++;
		d->tui->wall_ms++;
		tui_poll(d->tui);
	} while (tui_is_asking(d->tui, NULL));
	tui_draw(d->tui, d->rows, d->columns);
}

static inline void
desk_open(struct desk *d, desk_answer *answer, bool read_only)
{
	*d = (struct desk){.answer = answer, .rows = 24, .columns = 80};
	d->door = door_by_call(desk_local, d);
	d->tui = tui_new(d->door, &(struct tui_options){.read_only = read_only});
	d->tui->now_ms = 1000000;
	d->tui->wall_ms = 1790000000000;
	d->tui->times = TIMES_UTC;
	tui_go(d->tui, 2);
	desk_settle(d);
}

static inline void
desk_close(struct desk *d)
{
	tui_free(d->tui);
	door_free(d->door);
	arena_free(&d->arena);
}

static inline void
desk_press(struct desk *d, struct str name)
{
	struct tui_key key = {.code = tui_key_named(name)};

	assert_int_not_equal(key.code, 0);
	tui_key(d->tui, &key);
	desk_settle(d);
}

/* Names of keys, with blanks between them. */
static inline void
desk_type(struct desk *d, const char *keys)
{
	STR_EACH (name, str_of(keys))
		desk_press(d, name);
}

/* A text, character for character. */
static inline void
desk_write(struct desk *d, const char *text)
{
	for (; *text; text++)
		desk_press(d, *text == ' ' ? STR("Space") : (struct str){text, 1});
}

static inline void
desk_pass(struct desk *d, int64_t ms)
{
	d->tui->now_ms += ms;
	d->tui->wall_ms += ms;
	desk_settle(d);
}

/* All of the screen, a line for each row. */
static inline const char *
desk_screen(struct desk *d)
{
	struct buf out;

	buf_init(&out, &d->arena, 1 << 20);
	for (int row = 0; row < d->tui->canvas.rows; row++) {
		buf_add(&out, tui_canvas_row(&d->tui->canvas, &d->arena, row));
		buf_add_char(&out, '\n');
	}
	return out.p;
}

static inline bool
desk_shows(struct desk *d, const char *text)
{
	return strstr(desk_screen(d), text) != NULL;
}

#define assert_shows(d, text) \
	do { \
		if (!desk_shows(d, text)) \
			fail_msg("no \"%s\" in\n%s", text, desk_screen(d)); \
	} while (0)
#define assert_hides(d, text) \
	do { \
		if (desk_shows(d, text)) \
			fail_msg("\"%s\" in\n%s", text, desk_screen(d)); \
	} while (0)
/* The line where the cursor stands. */
#define assert_at(d, text) \
	do { \
		struct str line_ = tui_canvas_row( \
			&(d)->tui->canvas, &(d)->arena, (d)->tui->canvas.cursor_row); \
		if (!strstr(str_c(&(d)->arena, line_), text)) \
			fail_msg("at \"%.*s\", not \"%s\" in\n%s", STR_ARG(line_), text, \
				desk_screen(d)); \
	} while (0)

static inline bool
desk_was_asked(struct desk *d, const char *text)
{
	return strstr(d->asked, text) != NULL;
}

static inline void
desk_forget(struct desk *d)
{
	d->asked[0] = '\0';
}

#endif
