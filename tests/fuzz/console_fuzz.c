/*
 * The console, with a hostile server behind it and somebody who types anything: first the size of
 * the screen and the keys, then, behind a line with "---", answers, each behind such a line.
 *
 * Whatever is answered, nothing on the canvas can move a terminal's cursor or turn its line, wide
 * characters are whole, and the memory is given back.
 */
#include "admin-tui/ask.h"
#include "admin-tui/console.h"
#include "admin-tui/open.h"
#include "lib/base/holds.h"
#include "lib/base/unicode.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEYS_MAX = 60 };

struct server {
	struct str answers, rest;
};

static struct str
next_part(struct str *rest)
{
	const char *end = rest->n ? memmem(rest->p, rest->n, "\n---\n", 5) : NULL;
	struct str part = end ? str_first(*rest, (size_t)(end - rest->p)) : *rest;

	*rest = str_from(*rest, end ? part.n + 5 : part.n);
	return part;
}

static void
answer(void *context, struct arena *arena, struct str method, struct str target, struct str json,
	int *ret_status, struct str *ret_body)
{
	struct server *s = context;
	struct str part;

	(void)method;
	(void)target;
	(void)json;
	if (!s->rest.n)
		s->rest = s->answers;
	part = next_part(&s->rest);
	*ret_status = 200;
	if (part.n > 3 && *part.p == '#') {
		*ret_status = 100 * (part.p[1] & 7) + (part.p[2] & 31);
		part = str_from(part, 3);
	}
	*ret_body = str_copy(arena, part);
}

static void
look(const struct tui_canvas *c)
{
	for (int i = 0; i < c->rows * c->columns; i++) {
		const struct tui_cell *cell = &c->cells[i];

		HOLDS(cell->role < ROLE_COUNT);
		HOLDS(cell->points[0] || !cell->width);
		HOLDS(cell->width < 2 || (i % c->columns + 1 < c->columns && !cell[1].points[0]));
		HOLDS(cell->points[0] || (i % c->columns && cell[-1].width == 2));
		for (size_t k = 0; k < TUI_POINTS_MAX && cell->points[k]; k++)
			HOLDS(!unicode_is_hidden(cell->points[k]));
	}
}

static uint32_t
key_of(unsigned char byte)
{
	return byte < 0x80 ? byte : TUI_KEY_SPECIAL + 1 + (byte & 0x1f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct server server = {.answers = {(const char *)data, n}};
	struct str keys = next_part(&server.answers);
	struct door *door = door_by_call(answer, &server);
	struct tui *tui = tui_new(door, &(struct tui_options){.ascii = n & 1});
	int rows = keys.n ? 10 + (unsigned char)keys.p[0] % 40 : 24;
	int columns = keys.n > 1 ? 50 + (unsigned char)keys.p[1] : 80;

	tui->now_ms = 1000;
	tui->wall_ms = 1790000000000;
	tui_go(tui, 2);
	for (size_t i = 2; i < keys.n && i < KEYS_MAX && !tui->quits; i++) {
		struct tui_key key = {.code = key_of((unsigned char)keys.p[i]),
			.row = (int)i,
			.column = (int)(i * 7)};

		/* Nothing is written where the target runs. */
		if (tui_action_of(NULL, key.code) == ACTION_EXPORT)
			continue;
		tui_poll(tui);
		tui_draw(tui, rows, columns);
		look(&tui->canvas);
		tui_key(tui, &key);
		tui->now_ms += 700;
	}
	if (!tui->quits) {
		tui_poll(tui);
		tui_draw(tui, rows, columns);
		look(&tui->canvas);
	}
	tui_free(tui);
	door_free(door);
	return 0;
}
