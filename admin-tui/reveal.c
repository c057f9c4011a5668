/* The secret in a dialog of its own. */
#include "admin-tui/reveal.h"

#include "lib/base/secret.h"

#include <stdio.h>
#include <stdlib.h>

enum { REVEAL_ROWS = 9, REVEAL_COLUMNS = 76, WHAT_MAX = 200 };

struct reveal {
	struct tui_dialog dialog;
	struct secret secret;
	const struct op_field *field;
	char what[WHAT_MAX];
	bool is_copied, is_asked;
};

static void
draw(struct tui *tui, struct tui_dialog *d, struct tui_box screen)
{
	struct reveal *r = (struct reveal *)d;
	struct tui_canvas *c = &tui->canvas;
	struct tui_box in =
		tui_dialog_frame(tui, screen, REVEAL_ROWS, REVEAL_COLUMNS, str_of(r->field->label));
	int left = (int)r->secret.n, row = in.row + 2;
	const char *bytes = (const char *)r->secret.p;

	(void)tui_putf(c, in.row, in.column, in.columns, ROLE_DIALOG, "%s", r->what);
	while (left > 0 && row < in.row + in.rows - 2) {
		int n = left < in.columns ? left : in.columns;

		tui_put_padded(c, row++, in.column, in.columns, ROLE_FIELD,
			(struct str){bytes, (size_t)n});
		bytes += n;
		left -= n;
	}
	(void)tui_put(c, in.row + in.rows - 2, in.column, in.columns,
		r->is_asked ? ROLE_DIALOG_WARN : ROLE_DIALOG, STR("Shown only once: save it now."));
	(void)tui_putf(c, in.row + in.rows - 1, in.column, in.columns, ROLE_DIALOG_DIM,
		"c copies it%s, y: I have saved it", r->is_copied ? " again" : "");
	c->cursor_row = in.row + 2;
	c->cursor_column = in.column;
}

static void
key(struct tui *tui, struct tui_dialog *d, const struct tui_key *k)
{
	struct reveal *r = (struct reveal *)d;

	if (k->code == 'c') {
		tui_copy(tui, (struct str){(const char *)r->secret.p, r->secret.n});
		r->is_copied = true;
	} else if (k->code == 'y' || k->code == 'Y') {
		tui_dialog_pop(tui);
		tui_say(tui, ROLE_GOOD, "The secret is no longer shown anywhere.");
	} else {
		r->is_asked = true;
	}
}

static void
end(struct tui *tui, struct tui_dialog *d)
{
	struct reveal *r = (struct reveal *)d;

	(void)tui;
	secret_free(&r->secret);
	free(r);
}

static const struct tui_dialog_kind kind = {
	.draw = draw, .key = key, .free = end, .footer = "c:Copy  y:I have saved it"};

bool
tui_reveal(struct tui *tui, const struct resource *resource, struct json *answer, struct str what)
{
	struct reveal *r;

	for (size_t i = 0; i < resource->field_count; i++) {
		const struct op_field *field = &resource->fields[i];
		struct str value = json_get_str(answer, field->name);

		if (field->kind != OP_SECRET || !value.n)
			continue;
		r = xcalloc(1, sizeof *r);
		r->dialog.kind = &kind;
		r->field = field;
		secret_set(&r->secret, value.p, value.n);
		wipe((void *)(uintptr_t)value.p, value.n);
		(void)snprintf(r->what, sizeof r->what, "%.*s", STR_ARG(what));
		tui_dialog_push(tui, &r->dialog);
		return true;
	}
	return false;
}
