/*
 * sqlc: collects the named statements.  `sqlc out.h out.c files.sql...` reads
 *
 *	-- name: user_by_id
 *	SELECT ... WHERE id = $1;
 *
 * and writes enum sql with SQL_USER_BY_ID and the table sql_texts.  A statement
 * runs to the next name; comments, line breaks and the last semicolon go.
 *
 *	-- row: user
 *
 * below the name numbers the columns of the answer: COL_USER_ID, COL_USER_USERNAME
 * and so on.  All statements of a row must have the same columns in the same order,
 * because one function reads them.  A column is called by its last word, so an
 * expression needs an AS.
 *
 * What can be counted or copied is three dots: `SELECT ... FROM`, or `RETURNING ...`, has
 * the columns of the row's first statement, word for word; `INSERT INTO t (a, b) VALUES (...)`
 * has a parameter for each column, in their order.
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
enum { MAX_STATEMENTS = 512, MAX_NAME = 63, MAX_TEXT = 2000, MAX_LINE = 512, MAX_COLUMNS = 64 };

#define NAME_BYTES "abcdefghijklmnopqrstuvwxyz0123456789_"

struct statement {
	char name[MAX_NAME + 1];
	char row[MAX_NAME + 1]; /* empty: nobody reads its columns by name */
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
read_name(char ret[MAX_NAME + 1], const char *text, const char *file, unsigned line)
{
	const char *name = text + strspn(text, " \t");
	size_t n = strspn(name, NAME_BYTES);

	if (!n || n > MAX_NAME || name[n + strspn(name + n, " \t\r\n")])
		die(file, line, "a name is 1 to %d of a-z, 0-9 and _", MAX_NAME);
	(void)snprintf(ret, MAX_NAME + 1, "%.*s", (int)n, name);
}

static void
begin(struct collection *c, const char *name, const char *file, unsigned line)
{
	struct statement *s;

	finish(c);
	if (c->count == MAX_STATEMENTS)
		die(file, line, "more than %d statements", MAX_STATEMENTS);
	s = &c->list[c->count];
	read_name(s->name, name, file, line);
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
	static const char marker[] = "-- name:", row[] = "-- row:";
	FILE *f = open_or_die(path, "r");
	char text[MAX_LINE];
	size_t before = c->count;

	for (unsigned line = 1; fgets(text, sizeof text, f); line++) {
		if (strlen(text) == sizeof text - 1)
			die(path, line, "the line is too long");
		if (!c->in_quotes && strncmp(text, marker, sizeof marker - 1) == 0) {
			begin(c, text + sizeof marker - 1, path, line);
		} else if (c->count > before && strncmp(text, row, sizeof row - 1) == 0) {
			read_name(c->list[c->count - 1].row, text + sizeof row - 1, path, line);
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

/* ---- columns ------------------------------------------------------------------------------------
 */

struct columns {
	const char *at[MAX_COLUMNS];
	size_t n[MAX_COLUMNS];
	size_t count;
	const char *from, *to; /* all of them, as they are written */
};

static bool
starts_with(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

/* The next of these bytes, or words, that stands in no parenthesis and no quotes; NULL if none
 * does. */
static const char *
find_outside(const char *p, const char *comma, const char *word)
{
	bool in_quotes = false;
	int depth = 0;

	for (; *p; p++) {
		if (*p == '\'')
			in_quotes = !in_quotes;
		if (in_quotes)
			continue;
		depth += (*p == '(') - (*p == ')');
		if (depth == 0 && (starts_with(p, comma) || starts_with(p, word)))
			return p;
	}
	return NULL;
}

/* Every column is called by its last word: "u.id", "count(*) AS times". */
static void
add_column(struct columns *into, const struct statement *s, const char *from, const char *to)
{
	const char *name = to;

	while (name > from && strchr(NAME_BYTES, name[-1]))
		name--;
	if (name == to || isdigit((unsigned char)*name) ||
		(name > from && name[-1] != ' ' && name[-1] != '.'))
		die(s->file, s->line, "%s: column %zu needs a name: AS name", s->name,
			into->count + 1);
	if (into->count == MAX_COLUMNS)
		die(s->file, s->line, "%s: more than %d columns", s->name, MAX_COLUMNS);
	into->at[into->count] = name;
	into->n[into->count++] = (size_t)(to - name);
}

static struct columns
columns_of(const struct statement *s)
{
	const char *p = find_outside(s->text, "SELECT ", "RETURNING ");
	struct columns columns = {.count = 0};

	if (!p)
		die(s->file, s->line, "%s: answers with no row", s->name);
	columns.from = strchr(p, ' ') + 1;
	for (p = columns.from; p; p = *p == ',' ? p + 2 : NULL) {
		const char *end = find_outside(p, ",", " FROM ");

		end = end ? end : p + strlen(p);
		add_column(&columns, s, p, end);
		columns.to = p = end;
	}
	return columns;
}

/* Puts text where n bytes of the statement are. */
static void
splice(struct statement *s, size_t at, size_t n, const char *text, size_t size)
{
	if (s->n - n + size > MAX_TEXT)
		die(s->file, s->line, "%s: longer than %d bytes", s->name, MAX_TEXT);
	memmove(s->text + at + size, s->text + at + n, s->n - at - n + 1);
	memcpy(s->text + at, text, size);
	s->n += size - n;
}

/* `SELECT ...`: the columns of an earlier statement of its row. */
static void
copy_columns(const struct collection *c, struct statement *s)
{
	const char *dots = find_outside(s->text, "SELECT ... FROM ", "RETURNING ...");
	const struct statement *first = c->list;
	struct columns theirs;

	if (!dots)
		return;
	while (first < s && (!s->row[0] || strcmp(first->row, s->row) != 0))
		first++;
	if (first == s)
		die(s->file, s->line, "%s: no statement before it has columns for ...", s->name);
	theirs = columns_of(first);
	splice(s, (size_t)(strchr(dots, '.') - s->text), 3, theirs.from,
		(size_t)(theirs.to - theirs.from));
}

/* `VALUES (...)`: $1 and so on, one for each column. */
static void
number_values(struct statement *s)
{
	static const char marker[] = "VALUES (...)";
	const char *dots = strstr(s->text, marker), *list = strchr(s->text, '(');
	char text[MAX_COLUMNS * sizeof "$00, "];
	int n = 0, count = 1;

	if (!dots)
		return;
	for (const char *p = list; p < dots; p++)
		count += *p == ',';
	if (!starts_with(s->text, "INSERT INTO ") || list > dots || count > MAX_COLUMNS)
		die(s->file, s->line, "%s: VALUES (...) needs a list of columns", s->name);
	for (int i = 1; i <= count; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, i > 1 ? ", $%d" : "$%d", i);
	splice(s, (size_t)(dots - s->text) + sizeof "VALUES (" - 1, 3, text, (size_t)n);
}

static void
fill_dots(struct collection *c)
{
	for (size_t i = 0; i < c->count; i++) {
		copy_columns(c, &c->list[i]);
		number_values(&c->list[i]);
	}
}

static bool
same_columns(const struct columns *a, const struct columns *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++)
		same = a->n[i] == b->n[i] && strncmp(a->at[i], b->at[i], a->n[i]) == 0;
	return same;
}

static void
write_upper(FILE *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)fputc(toupper((unsigned char)text[i]), out);
}

static void
write_columns(FILE *out, const struct collection *c, const struct statement *s)
{
	const struct columns columns = columns_of(s);

	for (const struct statement *before = c->list; before < s; before++) {
		const struct columns theirs = strcmp(before->row, s->row) == 0
						      ? columns_of(before)
						      : (struct columns){.count = 0};

		if (theirs.count && !same_columns(&columns, &theirs))
			die(s->file, s->line, "%s: the columns of row %s differ from those of %s",
				s->name, s->row, before->name);
		if (theirs.count)
			return;
	}
	(void)fprintf(out, "\nenum {\n");
	for (size_t i = 0; i < columns.count; i++) {
		(void)fprintf(out, "\tCOL_");
		write_upper(out, s->row, strlen(s->row));
		(void)fputc('_', out);
		write_upper(out, columns.at[i], columns.n[i]);
		(void)fprintf(out, ",\n");
	}
	(void)fprintf(out, "};\n");
}

/* ---- what is written ----------------------------------------------------------------------------
 */

static void
write_header(FILE *out, const struct collection *c)
{
	(void)fprintf(out, "/* Made by cmd/tools/sqlc.c. */\n#pragma once\n\nenum sql {\n");
	for (size_t i = 0; i < c->count; i++) {
		(void)fprintf(out, "\tSQL_");
		write_upper(out, c->list[i].name, strlen(c->list[i].name));
		(void)fprintf(out, ",\n");
	}
	(void)fprintf(out,
		"\tSQL_COUNT\n};\n\nenum { SQL_EARLY_COUNT = %zu };\n\nstruct sql_text {\n\tconst "
		"char *name;\n\tconst char *text;\n};\n\nextern const struct sql_text "
		"sql_texts[];\n",
		c->early_count);
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].row[0])
			write_columns(out, c, &c->list[i]);
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
		free(c.list);
		return 1;
	}
	collect_all(&c, argv + 3);
	fill_dots(&c);
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
