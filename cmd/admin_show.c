/* Answers as a person reads them: tables that fit the terminal, and lines. */
#include "cmd/admin.h"

#include "clients/terminal.h"
#include "lib/base/display.h"

#include <string.h>
#include <unistd.h>

enum { COLUMNS_MAX = 16, COLUMN_MIN = 5, GAP = 2 };

struct table {
	struct admin_call *call;
	struct terminal terminal;
	const struct resource *resource;
	const struct json *reply;
	const struct op_field *columns[COLUMNS_MAX];
	size_t widths[COLUMNS_MAX];
	size_t count;
};

static struct str
cell(struct arena *arena, const struct json *row, const char *member, bool utf8)
{
	struct str words = STR_NONE;

	switch (json_kind(row, member)) {
	case JSON_IS_NUMBER:
		return str_printf(arena, "%lld", (long long)json_get_i64(row, member, 0));
	case JSON_IS_FLAG: return json_get_bool(row, member, false) ? STR("yes") : STR("no");
	case JSON_IS_TEXT:
	case JSON_IS_LIST:
		if (json_get_words(row, member, arena, &words))
			return STR_NONE;
		return display_clean(arena, words, utf8);
	case JSON_IS_OBJECT:
	case JSON_IS_ABSENT: break;
	}
	return STR_NONE;
}

/* ---- tables ---- */

static void
measure(struct table *t)
{
	const struct json *row;

	for (size_t c = 0; c < t->count; c++) {
		const char *name = t->columns[c]->name;

		t->widths[c] = strlen(name);
		for (size_t i = 0; (row = json_array_object(t->reply, t->resource->plural, i));
			i++) {
			size_t n = display_width(cell(t->call->arena, row, name, t->terminal.utf8));

			if (n > t->widths[c])
				t->widths[c] = n;
		}
	}
}

/* Ids are there to be copied: they stay whole. */
static bool
may_shrink(const struct table *t, size_t c)
{
	return t->columns[c]->kind != OP_ID && t->columns[c]->kind != OP_TIME &&
	       t->widths[c] > COLUMN_MIN;
}

/* To fit a terminal, the widest column gives way, again and again; then the last one goes. */
static void
shrink(struct table *t)
{
	size_t total = (t->count - 1) * GAP;

	for (size_t c = 0; c < t->count; c++)
		total += t->widths[c];
	while (total > (size_t)t->terminal.columns) {
		size_t widest = t->count;

		for (size_t c = 0; c < t->count; c++)
			if (may_shrink(t, c) &&
				(widest == t->count || t->widths[c] > t->widths[widest]))
				widest = c;
		if (widest == t->count && t->count > 1) {
			total -= t->widths[--t->count] + GAP;
			continue;
		}
		if (widest == t->count)
			return;
		t->widths[widest]--;
		total--;
	}
}

/* Nothing behind the last cell. */
static void
put(const struct table *t, size_t c, struct str text, size_t *pending)
{
	struct str shown = display_clip(t->call->arena, text, t->widths[c], t->terminal.utf8);

	if (shown.n) {
		(void)printf("%*s%.*s", (int)*pending, "", STR_ARG(shown));
		*pending = 0;
	}
	*pending += t->widths[c] - display_width(shown) + GAP;
}

static void
print_rows(struct table *t)
{
	const struct json *row;
	size_t pending = 0;

	for (size_t c = 0; c < t->count; c++)
		put(t, c, str_of(t->columns[c]->name), &pending);
	(void)putchar('\n');
	for (size_t i = 0; (row = json_array_object(t->reply, t->resource->plural, i)); i++) {
		pending = 0;
		for (size_t c = 0; c < t->count; c++)
			put(t, c, cell(t->call->arena, row, t->columns[c]->name, t->terminal.utf8),
				&pending);
		(void)putchar('\n');
	}
}

static void
print_more(const struct table *t)
{
	struct str next = cell(t->call->arena, t->reply, "next", t->terminal.utf8);

	if (next.n)
		(void)fprintf(stderr, "There is more: --after %.*s\n", STR_ARG(next));
}

static void
print_table(struct admin_call *call, const struct json *reply)
{
	struct table t = {.call = call, .resource = &resources[call->op->row], .reply = reply};

	client_terminal_look(STDOUT_FILENO, &t.terminal);
	for (size_t i = 0; i < t.resource->field_count && t.count < COLUMNS_MAX; i++)
		if (t.resource->fields[i].places & OP_LIST)
			t.columns[t.count++] = &t.resource->fields[i];
	if (!json_array_object(reply, t.resource->plural, 0) && t.terminal.tty) {
		(void)fprintf(stderr, "%s\n",
			call->op->id == OP_server_reload
				? "Nothing has changed."
				: arena_printf(call->arena, "There are no %s here.",
					  t.resource->plural));
		print_more(&t);
		return;
	}
	measure(&t);
	if (t.terminal.tty)
		shrink(&t);
	print_rows(&t);
	print_more(&t);
}

/* ---- one thing ---- */

/* In the order of the table; what another version adds comes behind. */
static void
print_line(const struct table *t, const char *name)
{
	struct str value = cell(t->call->arena, t->reply, name, t->terminal.utf8);

	if (value.n)
		(void)printf("%-26s %.*s\n", name, STR_ARG(value));
}

static enum err
print_unknown(struct str name, struct str value, void *table)
{
	const struct table *t = table;

	(void)value;
	if (!resource_field(t->resource, name))
		print_line(t, str_c(t->call->arena,
				      display_clean(t->call->arena, name, t->terminal.utf8)));
	return OK;
}

static void
print_item(struct admin_call *call, const struct json *reply)
{
	struct table t = {.call = call, .resource = &resources[call->op->row], .reply = reply};
	const struct op_field *field;

	client_terminal_look(STDOUT_FILENO, &t.terminal);
	for (size_t i = 0; i < t.resource->field_count; i++)
		print_line(&t, t.resource->fields[i].name);
	(void)!json_each_member(reply, print_unknown, &t);
	(void)fflush(stdout);
	for (size_t i = 0; i < t.resource->field_count; i++) {
		field = &t.resource->fields[i];
		if (field->kind == OP_SECRET && json_has(reply, field->name))
			(void)fputs("Shown only once: save it now.\n", stderr);
	}
}

/* Whoever sits at a terminal is told that it is done. */
static void
print_done(struct admin_call *call)
{
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, "Done: %s %s.\n", call->resource->noun, call->op->verb);
}

void
admin_show(struct admin_call *call, const struct door_answer *answer)
{
	if (call->json) {
		(void)printf("%.*s\n", STR_ARG(json_text(answer->json, call->arena)));
		return;
	}
	switch (call->op->answer) {
	case OP_ROWS: print_table(call, answer->json); break;
	case OP_ITEM:
	case OP_MADE:
	case OP_REVEALS: print_item(call, answer->json); break;
	case OP_DONE: print_done(call); break;
	}
}
