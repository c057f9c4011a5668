/* An export: all pages, as CSV or JSON Lines. */
#include "cmd/admin.h"

#include "cmd/progress.h"
#include "lib/base/csv.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 64 * 1024, CURSOR_MAX = 64, PAGE_ROWS = 200 };

static bool
is_last(const struct resource *r, size_t i)
{
	while (++i < r->field_count)
		if (r->fields[i].places & OP_SHOW)
			return false;
	return true;
}

/* A row, or without one the names of what a row has. */
static void
put_csv(FILE *out, struct arena *arena, const struct resource *r, const struct json *row)
{
	struct buf line;

	buf_init(&line, arena, LINE_MAX_BYTES);
	for (size_t i = 0; i < r->field_count; i++)
		if (r->fields[i].places & OP_SHOW)
			csv_cell(&line,
				row ? json_get_str(row, r->fields[i].name)
				    : str_of(r->fields[i].name),
				is_last(r, i));
	(void)fprintf(out, "%.*s", STR_ARG(buf_str(&line)));
}

/* One object on one line. */
static void
put_jsonl(FILE *out, struct arena *arena, const struct resource *r, const struct json *row)
{
	struct buf line;

	buf_init(&line, arena, LINE_MAX_BYTES);
	json_open(&line, '{');
	for (size_t i = 0; i < r->field_count; i++)
		if (r->fields[i].places & OP_SHOW)
			json_member_str(
				&line, r->fields[i].name, json_get_str(row, r->fields[i].name));
	json_close(&line, '}');
	(void)fprintf(out, "%.*s\n", STR_ARG(buf_str(&line)));
}

/* ---- pages ---- */

struct export
{
	struct admin_call *call;
	struct door *door;
	struct arena arena; /* of one page */
	char cursor[CURSOR_MAX];
	struct progress progress;
	int64_t rows;
};

static void
put_page(struct export *x, const struct json *reply)
{
	const struct resource *r = &resources[x->call->op->row];
	const struct json *row, *last = NULL;

	for (size_t i = 0; (row = json_array_object(reply, r->plural, i)); i++) {
		if (!strcmp(x->call->format, "csv"))
			put_csv(stdout, &x->arena, r, row);
		else
			put_jsonl(stdout, &x->arena, r, row);
		last = row;
		x->rows++;
	}
	if (last)
		progress_step(&x->progress, x->rows, 0,
			str_printf(&x->arena, "back to %.*s", STR_ARG(json_get_str(last, "at"))));
}

static int
export_page(struct export *x)
{
	struct admin_call *c = x->call;
	struct door_value values[ADMIN_VALUES_MAX + 2];
	struct door_question question = {.op = c->op, .values = values};
	struct door_answer answer;
	int code;

	memcpy(values, c->values, sizeof c->values);
	question.value_count = c->value_count;
	values[question.value_count++] = (struct door_value){
		op_input_named(c->op, STR("limit")), str_printf(&x->arena, "%d", PAGE_ROWS)};
	if (*x->cursor)
		values[question.value_count++] =
			(struct door_value){op_input_named(c->op, STR("after")), str_of(x->cursor)};
	if (!(code = admin_ask(x->door, &x->arena, &question, &answer))) {
		struct str next = json_get_str(answer.json, "next");

		if (next.n && str_is(next, x->cursor))
			code = admin_fail(
				&x->arena, STR("the server's pages do not end"), EXIT_FAILURE);
		put_page(x, answer.json);
		(void)snprintf(x->cursor, sizeof x->cursor, "%.*s",
			STR_ARG(json_get_str(answer.json, "next")));
	}
	door_answer_done(&answer);
	return code;
}

int
admin_export(struct admin_call *c, struct door *door)
{
	struct export x = {.call = c, .door = door};
	int code;

	progress_begin(&x.progress, "exported", "rows");
	if (!strcmp(c->format, "csv"))
		put_csv(stdout, &x.arena, &resources[c->op->row], NULL);
	do {
		arena_reset(&x.arena);
		code = export_page(&x);
	} while (!code && *x.cursor && !ferror(stdout));
	progress_end(&x.progress);
	arena_free(&x.arena);
	if (fflush(stdout) || ferror(stdout))
		return admin_fail(c->arena, STR("the export could not be written"), EXIT_FAILURE);
	return code;
}
