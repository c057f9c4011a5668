/* Fields, focus, and what is sent. */
#include "admin-tui/form.h"

#include "admin-tui/value.h"
#include "lib/base/duration.h"
#include "lib/base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t
tui_form_name_place(const struct tui_form *f)
{
	return f->count;
}

size_t
tui_form_cancel_place(const struct tui_form *f)
{
	return f->count + (f->name.n ? 1 : 0);
}

size_t
tui_form_submit_place(const struct tui_form *f)
{
	return tui_form_cancel_place(f) + 1;
}

/* ---- what may be said ---- */

static bool
is_word_of(const char *choices, struct str word)
{
	STR_EACH (choice, str_of(choices))
		if (str_eq(choice, word))
			return true;
	return false;
}

/* An answer calls some grants by their long names. */
static bool
has_word(struct str words, struct str wanted)
{
	STR_EACH (word, words)
		if (str_eq(word, wanted))
			return true;
	return false;
}

const char *
tui_field_problem(
	const struct op *op, const struct op_field *field, struct str text, struct str before)
{
	int64_t number;

	if (!text.n)
		return op->says & OP_CREATE && op_needs(op, field) ? "needed" : NULL;
	switch (field->kind) {
	case OP_CHOICE: return is_word_of(field->choices, text) ? NULL : "not one of the choices";
	case OP_WORDS:
		if (!field->choices)
			return NULL;
		STR_EACH (word, text)
			if (!is_word_of(field->choices, word) && !has_word(before, word))
				return "has a word that is no choice";
		return NULL;
	case OP_NUMBER: return str_to_i64(text, &number) ? "not a number" : NULL;
	case OP_DURATION:
		return duration_parse_ms(text, &number) ? "not a duration, such as 24h" : NULL;
	default: return NULL;
	}
}

static bool
check(struct tui_form *f)
{
	size_t wrong = f->count;

	for (size_t i = f->count; i-- > 0;) {
		const char *problem = tui_field_problem(f->op, f->fields[i].field,
			tui_line_str(&f->fields[i].line), f->fields[i].before);

		(void)snprintf(f->fields[i].problem, sizeof f->fields[i].problem, "%s",
			problem ? problem : "");
		if (problem)
			wrong = i;
	}
	if (wrong < f->count)
		f->here = wrong;
	return wrong == f->count;
}

/* ---- values ---- */

static struct str
value_of(const struct json *row, const struct op_field *field, struct arena *arena)
{
	if (field->kind == OP_FLAG)
		return json_get_bool(row, field->name, false) ? STR("true") : STR("false");
	return str_copy(arena, tui_value(arena, row, field->name));
}

void
tui_form_fill(struct tui_form *f, const struct json *row)
{
	for (size_t i = 0; i < f->count; i++) {
		struct tui_field *field = &f->fields[i];

		field->before = value_of(row, field->field, &f->arena);
		tui_line_set(&field->line, field->before);
		field->line.at = field->line.n;
	}
}

static bool
is_changed(const struct tui_field *field)
{
	return !str_eq(tui_line_str(&field->line), field->before);
}

bool
tui_form_is_changed(const struct tui_form *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (is_changed(&f->fields[i]))
			return true;
	return f->typed.n > 0;
}

size_t
tui_form_values(struct tui_form *f, bool is_edit, struct door_value *ret, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < f->count && n < max; i++) {
		struct tui_field *field = &f->fields[i];
		struct str text = tui_line_str(&field->line);

		if (is_edit ? is_changed(field) : text.n && is_changed(field))
			ret[n++] = (struct door_value){field->field, text};
	}
	return n;
}

void
tui_form_refuse(struct tui_form *f, struct str why)
{
	f->is_busy = f->is_hidden = false;
	for (size_t i = 0; i < f->count; i++) {
		struct str name = str_of(f->fields[i].field->name);

		if (str_starts(why, name) && why.n > name.n && strchr(" :,", why.p[name.n])) {
			(void)snprintf(f->fields[i].problem, sizeof f->fields[i].problem, "%.*s",
				STR_ARG(why));
			f->here = i;
			return;
		}
	}
	(void)snprintf(f->problem, sizeof f->problem, "%.*s", STR_ARG(why));
}

/* ---- keys ---- */

static void
close_form(struct tui *tui, struct tui_form *f)
{
	if (tui_form_is_changed(f) && f->count && !f->is_warned && !f->question.n) {
		f->is_warned = true;
		(void)snprintf(f->problem, sizeof f->problem,
			"Nothing of this has been saved. Esc again leaves, ^S saves.");
		return;
	}
	tui_dialog_pop(tui);
}

static void
submit(struct tui *tui, struct tui_form *f)
{
	if (f->is_busy)
		return;
	f->problem[0] = '\0';
	if (!check(f))
		return;
	if (f->name.n && !str_eq(tui_line_str(&f->typed), f->name)) {
		f->here = tui_form_name_place(f);
		(void)snprintf(f->problem, sizeof f->problem, "Type the name as it stands there.");
		return;
	}
	f->submit(tui, f);
}

/* The choice behind the one that is there; none is one of them where nothing must be said. */
static void
turn_choice(struct tui_form *f, struct tui_field *field, bool back)
{
	struct str now = tui_line_str(&field->line), before = STR_NONE, first = STR_NONE,
		   next = STR_NONE, last = STR_NONE;
	bool was_here = !now.n;

	(void)f;
	STR_EACH (choice, str_of(field->field->choices)) {
		if (!first.n)
			first = choice;
		if (was_here && !next.n)
			next = choice;
		if (str_eq(choice, now)) {
			before = last;
			was_here = true;
		}
		last = choice;
	}
	if (back)
		next = before.n ? before : last;
	tui_line_set(&field->line, next.n ? next : first);
}

static bool
key_of_field(struct tui_form *f, struct tui_field *field, uint32_t code)
{
	bool turns = code == TUI_KEY_SPACE || code == TUI_KEY_RIGHT || code == TUI_KEY_LEFT;

	switch (field->field->kind) {
	case OP_FLAG:
		if (turns)
			tui_line_set(&field->line, str_is(tui_line_str(&field->line), "true")
							   ? STR("false")
							   : STR("true"));
		return turns;
	case OP_CHOICE:
		if (turns)
			turn_choice(f, field, code == TUI_KEY_LEFT);
		else if (code == TUI_KEY_BACKSPACE)
			tui_line_set(&field->line, STR_NONE);
		return turns || code == TUI_KEY_BACKSPACE;
	default: return tui_line_key(&field->line, code);
	}
}

static void
move(struct tui_form *f, bool back)
{
	size_t places = tui_form_submit_place(f) + 1;

	f->here = (f->here + (back ? places - 1 : 1)) % places;
}

static bool
key_of_place(struct tui_form *f, uint32_t code)
{
	bool taken = false;

	if (f->here < f->count) {
		struct tui_field *field = &f->fields[f->here];
		const char *problem;

		taken = key_of_field(f, field, code);
		if (taken) {
			problem = tui_field_problem(
				f->op, field->field, tui_line_str(&field->line), field->before);
			(void)snprintf(field->problem, sizeof field->problem, "%s",
				problem && field->line.n ? problem : "");
		}
	} else if (f->name.n && f->here == tui_form_name_place(f)) {
		taken = tui_line_key(&f->typed, code);
	} else if (code == TUI_KEY_LEFT || code == TUI_KEY_RIGHT) {
		f->here = f->here == tui_form_submit_place(f) ? tui_form_cancel_place(f)
							      : tui_form_submit_place(f);
		taken = true;
	}
	if (taken)
		f->is_warned = false;
	return taken;
}

static void
press(struct tui *tui, struct tui_form *f)
{
	if (f->here == tui_form_submit_place(f))
		submit(tui, f);
	else if (f->here == tui_form_cancel_place(f))
		tui_dialog_pop(tui);
	else
		move(f, false);
}

static void
key(struct tui *tui, struct tui_dialog *d, const struct tui_key *k)
{
	struct tui_form *f = (struct tui_form *)d;

	if (k->code == TUI_KEY_CLICK_FIELD) {
		f->here = (size_t)k->number;
		if (f->here >= tui_form_cancel_place(f))
			press(tui, f);
		else if (f->here < f->count && f->fields[f->here].field->kind == OP_FLAG)
			(void)key_of_field(f, &f->fields[f->here], TUI_KEY_SPACE);
		return;
	}
	switch (k->code) {
	case TUI_KEY_ESC:
	case TUI_CTRL('C'):
		if (f->is_busy)
			tui_dialog_pop(tui);
		else
			close_form(tui, f);
		return;
	case TUI_KEY_ENTER: press(tui, f); return;
	case TUI_CTRL('S'): submit(tui, f); return;
	case TUI_KEY_TAB:
	case TUI_KEY_DOWN: move(f, false); return;
	case TUI_KEY_BACK_TAB:
	case TUI_KEY_UP: move(f, true); return;
	default: break;
	}
	if (!f->is_busy && key_of_place(f, k->code))
		f->problem[0] = '\0';
}

/* ---- life ---- */

static void
end(struct tui *tui, struct tui_dialog *d)
{
	struct tui_form *f = (struct tui_form *)d;

	if (f->ended)
		f->ended(tui, f);
	if (f->fields)
		wipe(f->fields, f->count * sizeof *f->fields);
	free(f->fields);
	arena_free(&f->arena);
	free(f);
}

static const struct tui_dialog_kind question_kind = {.draw = tui_form_draw,
	.key = key,
	.free = end,
	.footer = "Tab:Next  Space:Change  Enter:Choose  Esc:Cancel"};
static const struct tui_dialog_kind form_kind = {.draw = tui_form_draw,
	.key = key,
	.free = end,
	.footer = "^S:Save  Tab:Next  S-Tab:Before  Space:Change  Esc:Cancel"};

struct tui_form *
tui_form_new(const struct op *op, const char *button)
{
	struct tui_form *f = xcalloc(1, sizeof *f);
	const struct op_field *field;
	size_t n = 0;

	f->op = op;
	f->button = button;
	while (op_has_body(op) && n < TUI_FORM_FIELDS && op_input(op, n))
		n++;
	f->fields = xcalloc(n + 1, sizeof *f->fields);
	for (; f->count < n && (field = op_input(op, f->count)); f->count++) {
		f->fields[f->count].field = field;
		if (field->kind == OP_FLAG) {
			f->fields[f->count].before = STR("false");
			tui_line_set(&f->fields[f->count].line, STR("false"));
		}
	}
	return f;
}

void
tui_form_show(struct tui *tui, struct tui_form *f, bool is_question)
{
	f->dialog.kind = is_question ? &question_kind : &form_kind;
	f->here = is_question ? tui_form_cancel_place(f) : 0;
	tui_dialog_push(tui, &f->dialog);
}
