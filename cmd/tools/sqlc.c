/*
 * sqlc: collects the named statements.  `sqlc out.h out.c files.sql...` reads
 *
 *	-- name: user_by_id
 *	SELECT ... WHERE id = $1;
 *
 * and writes enum sql with SQL_USER_BY_ID and the table sql_texts.  A statement
 * runs to the next name; comments, line breaks and the last semicolon go.
 *
 * Files behind the word --late hold statements that a server never runs: they come
 * behind the first SQL_EARLY_COUNT, and are prepared when somebody does.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* C11 promises string literals of 4095 characters. */
enum { MAX_STATEMENTS = 512, MAX_NAME = 63, MAX_TEXT = 2000, MAX_LINE = 512 };

struct statement {
	char name[MAX_NAME + 1];
	char text[MAX_TEXT + 1];
	size_t n;
	const char *file;
	unsigned line;
};

struct collection {
	struct statement *list;
	size_t count;
	size_t early_count;
	bool in_quotes;
};

static _Noreturn void
die(const char *file, unsigned line, const char *format, ...)
{
	va_list args;

	(void)fprintf(stderr, "%s:%u: ", file, line);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	exit(1);
}

static FILE *
open_or_die(const char *path, const char *mode)
{
	FILE *f = fopen(path, mode);

	if (!f)
		die(path, 0, "%s", strerror(errno));
	return f;
}

static void
finish(struct collection *c)
{
	struct statement *s = c->count ? &c->list[c->count - 1] : NULL;

	if (!s)
		return;
	if (c->in_quotes)
		die(s->file, s->line, "%s: a quote is not closed", s->name);
	while (s->n && (s->text[s->n - 1] == ' ' || s->text[s->n - 1] == ';'))
		s->text[--s->n] = '\0';
	if (!s->n)
		die(s->file, s->line, "%s: the statement is empty", s->name);
}

static void
begin(struct collection *c, const char *name, const char *file, unsigned line)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
	struct statement *s;

	finish(c);
	if (!n || n > MAX_NAME || name[n + strspn(name + n, " \t\r\n")])
		die(file, line, "a name is 1 to %d of a-z, 0-9 and _", MAX_NAME);
	if (c->count == MAX_STATEMENTS)
		die(file, line, "more than %d statements", MAX_STATEMENTS);
	s = &c->list[c->count];
	(void)snprintf(s->name, sizeof s->name, "%.*s", (int)n, name);
	s->file = file;
	s->line = line;
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->list[i].name, s->name) == 0)
			die(file, line, "%s: named before at %s:%u", s->name, c->list[i].file,
				c->list[i].line);
	c->count++;
}

/* Adds one line without its comment; runs of white space become one space. */
static void
add_line(struct collection *c, const char *p, const char *file, unsigned line)
{
	for (; *p; p++) {
		struct statement *s = c->count ? &c->list[c->count - 1] : NULL;
		char byte = *p;

		if (!c->in_quotes && p[0] == '-' && p[1] == '-')
			return;
		if (!c->in_quotes && isspace((unsigned char)byte)) {
			if (!s || !s->n || s->text[s->n - 1] == ' ')
				continue;
			byte = ' ';
		}
		if (!s)
			die(file, line, "a statement needs a line `-- name: ...` before it");
		if (byte == '\'')
			c->in_quotes = !c->in_quotes;
		if (s->n == MAX_TEXT)
			die(file, line, "%s: longer than %d bytes", s->name, MAX_TEXT);
		s->text[s->n++] = byte;
	}
}

static void
collect(struct collection *c, const char *path)
{
	static const char marker[] = "-- name:";
	FILE *f = open_or_die(path, "r");
	char text[MAX_LINE];
	size_t before = c->count;

	for (unsigned line = 1; fgets(text, sizeof text, f); line++) {
		if (strlen(text) == sizeof text - 1)
			die(path, line, "the line is too long");
		if (!c->in_quotes && strncmp(text, marker, sizeof marker - 1) == 0) {
			const char *name = text + sizeof marker - 1;

			begin(c, name + strspn(name, " \t"), path, line);
		} else if (c->count == before) {
			/* Text before the first name belongs to nobody. */
			struct collection none = {0};

			add_line(&none, text, path, line);
		} else {
			add_line(c, text, path, line);
		}
	}
	if (ferror(f))
		die(path, 0, "cannot be read");
	(void)fclose(f);
	finish(c);
}

static void
collect_all(struct collection *c, char *arguments[])
{
	bool late = false;

	for (; *arguments; arguments++) {
		if (strcmp(*arguments, "--late") == 0) {
			late = true;
			continue;
		}
		collect(c, *arguments);
		if (!late)
			c->early_count = c->count;
	}
}

static void
write_header(FILE *out, const struct collection *c)
{
	(void)fprintf(out, "/* Made by cmd/tools/sqlc.c. */\n#pragma once\n\nenum sql {\n");
	for (size_t i = 0; i < c->count; i++) {
		(void)fprintf(out, "\tSQL_");
		for (const char *p = c->list[i].name; *p; p++)
			(void)fputc(toupper((unsigned char)*p), out);
		(void)fprintf(out, ",\n");
	}
	(void)fprintf(out,
		"\tSQL_COUNT\n};\n\nenum { SQL_EARLY_COUNT = %zu };\n\nstruct sql_text {\n\tconst "
		"char *name;\n\tconst char *text;\n};\n\nextern const struct sql_text "
		"sql_texts[];\n",
		c->early_count);
}

static void
write_source(FILE *out, const struct collection *c, const char *header)
{
	(void)fprintf(out,
		"/* Made by cmd/tools/sqlc.c. */\n#include \"%s\"\n\n"
		"const struct sql_text sql_texts[SQL_COUNT + 1] = {\n",
		header);
	for (size_t i = 0; i < c->count; i++) {
		(void)fprintf(out, "\t{\"%s\", \"", c->list[i].name);
		for (const char *p = c->list[i].text; *p; p++) {
			if (*p == '\n') {
				(void)fprintf(out, "\\n");
				continue;
			}
			if (*p == '"' || *p == '\\')
				(void)fputc('\\', out);
			(void)fputc(*p, out);
		}
		(void)fprintf(out, "\"},\n");
	}
	(void)fprintf(out, "\t{0, 0},\n};\n");
}

int
main(int argc, char *argv[])
{
	struct collection c = {.list = calloc(MAX_STATEMENTS, sizeof(struct statement))};
	const char *slash;
	FILE *out;

	if (argc < 3 || !c.list) {
		(void)fprintf(
			stderr, "usage: sqlc out.h out.c [files.sql...] [--late files.sql...]\n");
		return 1;
	}
	collect_all(&c, argv + 3);
	out = open_or_die(argv[1], "w");
	write_header(out, &c);
	if (fclose(out))
		die(argv[1], 0, "%s", strerror(errno));
	slash = strrchr(argv[1], '/');
	out = open_or_die(argv[2], "w");
	write_source(out, &c, slash ? slash + 1 : argv[1]);
	if (fclose(out))
		die(argv[2], 0, "%s", strerror(errno));
	free(c.list);
	return 0;
}
