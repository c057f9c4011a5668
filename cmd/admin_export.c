/* CSV and JSON Lines. */
#include "cmd/admin_export.h"

#include <string.h>

enum { LINE_MAX_BYTES = 64 * 1024 };

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

void
admin_export_csv_head(FILE *out, const char *const columns[])
{
	for (size_t i = 0; columns[i]; i++) {
		put_cell(out, str_of(columns[i]));
		put_end(out, !columns[i + 1]);
	}
}

void
admin_export_csv(FILE *out, const char *const columns[], const struct json *row)
{
	for (size_t i = 0; columns[i]; i++) {
		put_cell(out, json_get_str(row, columns[i]));
		put_end(out, !columns[i + 1]);
	}
}

void
admin_export_jsonl(
	FILE *out, struct arena *arena, const char *const columns[], const struct json *row)
{
	struct buf line;

	buf_init(&line, arena, LINE_MAX_BYTES);
	json_open(&line, '{');
	for (size_t i = 0; columns[i]; i++)
		json_member_str(&line, columns[i], json_get_str(row, columns[i]));
	json_close(&line, '}');
	(void)fprintf(out, "%.*s\n", STR_ARG(buf_str(&line)));
}
