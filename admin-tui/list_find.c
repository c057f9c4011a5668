/* What of a list is looked for: matching, searching, filtering. */
#include "admin-tui/list.h"

#include "admin-tui/value.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- matching ---- */

static bool
has_text(struct str value, struct str wanted)
{
	for (size_t i = 0; i + wanted.n <= value.n; i++)
		if (!strncasecmp(value.p + i, wanted.p, wanted.n))
			return true;
	return false;
}

static bool
row_has(struct arena *arena, const struct tui_list *l, const struct json *row, struct str wanted)
{
	for (size_t i = 0; i < l->row->field_count; i++)
		if (l->row->fields[i].places & OP_SHOW && l->row->fields[i].kind != OP_TIME &&
			has_text(tui_value(arena, row, l->row->fields[i].name), wanted))
			return true;
	return false;
}

/* What the server looks for in names; NULL if it does not. */
static const struct op_field *
search_of(const struct op *op)
{
	return op_input_named(op, STR("search"));
}

/* Words without a field's name; one that begins with '!' must not be there. */
bool
tui_list_passes(struct arena *arena, const struct tui_list *l, const struct json *row)
{
	STR_EACH (word, str_of(l->filter)) {
		bool is_not = word.p[0] == '!';

		if (str_has_char(word, ':') || (!is_not && search_of(l->rows.op)))
			continue;
		if (row_has(arena, l, row, str_from(word, is_not ? 1 : 0)) == is_not)
			return false;
	}
	return true;
}

/* ---- search ---- */

static bool
search_from(struct tui *tui, struct tui_list *l, size_t from, long step)
{
	struct arena arena = {0};
	struct str wanted = str_of(l->search);
	bool found = false;

	for (size_t k = 0; !found && wanted.n && k < l->count; k++) {
		size_t i = (from + l->count + (size_t)(step * (long)k)) % l->count;

		if (row_has(&arena, l, tui_list_row(l, i), wanted)) {
			tui_list_select(tui, l, i);
			found = true;
		}
	}
	arena_free(&arena);
	return found;
}

void
tui_list_search_on(struct tui *tui, struct tui_list *l, long step)
{
	if (!search_from(tui, l, l->selected + l->count + (size_t)step, step))
		tui_say(tui, ROLE_WARN, "%s is not in the %zu rows that are loaded%s", l->search,
			l->count, l->rows.has_more ? "; \\ asks the server" : "");
}

/* ---- filter ---- */

/* The field of a "name:value", by its name or the beginning of it. */
static const struct op_field *
filter_field(const struct op *op, struct str name)
{
	const struct op_field *field;

	for (size_t i = 0; (field = op_input(op, i)); i++)
		if (name.n && str_starts(str_of(field->name), name) &&
			strcmp(field->name, "limit") != 0 && strcmp(field->name, "after") != 0)
			return field;
	return NULL;
}

static void
say_fields(struct tui *tui, const struct op *op, struct str name)
{
	char names[160] = "";
	size_t n = 0;
	const struct op_field *field;

	for (size_t i = 0; (field = op_input(op, i)); i++)
		if (strcmp(field->name, "limit") != 0 && strcmp(field->name, "after") != 0 &&
			n < sizeof names)
			n += (size_t)snprintf(
				names + n, sizeof names - n, "%s%s", n ? ", " : "", field->name);
	tui_say(tui, ROLE_WARN, "the server filters %s by %s, not by %.*s",
		resources[op->row].plural, *names ? names : "nothing", STR_ARG(name));
}

static bool
read_filter(struct tui *tui, struct tui_list *l, struct str text)
{
	struct tui_rows *r = &l->rows;
	const struct op_field *search = search_of(r->op);
	size_t count = l->fixed;
	struct buf words;

	buf_init(&words, &r->arena, TUI_TEXT_MAX);
	STR_EACH (word, text) {
		struct str value = word, name = str_cut(&value, ':');
		const struct op_field *field;

		if (!str_has_char(word, ':')) {
			if (words.n && *word.p != '!')
				buf_add_char(&words, ' ');
			if (*word.p != '!')
				buf_add(&words, word);
			continue;
		}
		field = filter_field(r->op, name);
		if (!field) {
			say_fields(tui, r->op, name);
			return false;
		}
		if (count < TUI_FILTERS_MAX && value.n)
			r->values[count++] = (struct door_value){field, str_copy(&r->arena, value)};
	}
	if (search && words.n && count < TUI_FILTERS_MAX)
		r->values[count++] = (struct door_value){search, buf_str(&words)};
	r->value_count = count;
	return true;
}

bool
tui_list_filter(struct tui *tui, struct tui_list *l, struct str text)
{
	size_t before = l->rows.value_count;
	struct str trimmed = str_trim(text);

	if (!read_filter(tui, l, trimmed)) {
		l->rows.value_count = before;
		return false;
	}
	(void)snprintf(l->filter, sizeof l->filter, "%.*s", STR_ARG(trimmed));
	l->selected = l->top = 0;
	l->selected_id[0] = '\0';
	tui_rows_reset(tui, &l->rows);
	tui_list_arrange(l);
	return true;
}

void
tui_list_typed(
	struct tui *tui, struct tui_view *v, enum tui_action what, struct str text, bool is_done)
{
	struct tui_list *l = (struct tui_list *)v;

	if (what == ACTION_SEARCH) {
		(void)snprintf(l->search, sizeof l->search, "%.*s", STR_ARG(text));
		if (!search_from(tui, l, l->search_from, 1) && text.n && is_done)
			tui_list_search_on(tui, l, 1);
	} else if (is_done) {
		(void)tui_list_filter(tui, l, text);
	}
}
