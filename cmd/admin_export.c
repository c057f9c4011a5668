/* An export: all pages, as CSV or JSON Lines. */
#include "cmd/admin.h"

#include "cmd/progress.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 64 * 1024, CURSOR_MAX = 64, PAGE_ROWS = 200 };

static void
put_cell(FILE *out, struct str text)
{
	(void)fputc('"', out);
	if (text.n && strchr("=+-@\t\r", text.p[0]))
		(void)fputc('\'', out);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			(void)fputc('"', out);
		(void)fputc(text.p[i], out);
	}
	(void)fputc('"', out);
}

static void
put_end(FILE *out, bool is_last)
{
	(void)fputs(is_last ? "\r\n" : ",", out);
}

static bool
is_last(const struct resource *r, size_t i)
{
	while (++i < r->field_count)
		if (r->fields[i].places & OP_SHOW)
			return false;
	return true;
}

/* RFC 4180, every cell quoted, CRLF.  A cell that a spreadsheet would take for a formula
 * begins with an apostrophe. */
static void
put_csv_head(FILE *out, const struct resource *r)
{
	for (size_t i = 0; i < r->field_count; i++)
		if (r->fields[i].places & OP_SHOW) {
			put_cell(out, str_of(r->fields[i].name));
			put_end(out, is_last(r, i));
		}
}

static void
put_csv(FILE *out, const struct resource *r, const struct json *row)
{
	for (size_t i = 0; i < r->field_count; i++)
		if (r->fields[i].places & OP_SHOW) {
			put_cell(out, json_get_str(row, r->fields[i].name));
			put_end(out, is_last(r, i));
		}
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
			put_csv(stdout, r, row);
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
		put_csv_head(stdout, &resources[c->op->row]);
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
