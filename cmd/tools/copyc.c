/*
 * copyc: what `authgate migrate copy` needs to know of the tables.
 *
 *	copyc out.sql out.c migrations/NNNN_name.up.sql...
 *
 * runs the migrations in an empty database and asks it for its tables, so that
 * none can be forgotten.  It writes, for every table, the statements copy_read_T,
 * copy_insert_T, copy_count_T and copy_clear_T, and the table copy_tables of
 * lib/store/copy_table.h in an order in which no row refers to a later one.
 */
#include <ctype.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TABLES = 64, MAX_COLUMNS = 48, MAX_NAME = 64, MAX_MIGRATION = 1 << 20 };

struct column {
	char name[MAX_NAME];
	char kind; /* 'i', 't', 'b' */
	int key;   /* its place in the primary key, from 1; 0: none */
};

struct table {
	char name[MAX_NAME];
	struct column columns[MAX_COLUMNS];
	int count;
	int keys;
	long long seeded; /* rows that the migrations leave */
	bool placed;
};

static sqlite3 *db;
static struct table tables[MAX_TABLES];
static int table_count;
static const struct table *order[MAX_TABLES];

static _Noreturn void
die(const char *what, const char *why)
{
	(void)fprintf(stderr, "copyc: %s: %s\n", what, why);
	exit(1);
}

static void
run_migration(const char *path)
{
	static char sql[MAX_MIGRATION];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		die(path, strerror(errno));
	n = fread(sql, 1, sizeof sql - 1, f);
	if (!feof(f) || ferror(f))
		die(path, "cannot be read, or is too long");
	(void)fclose(f);
	sql[n] = '\0';
	if (sqlite3_exec(db, sql, NULL, NULL, NULL))
		die(path, sqlite3_errmsg(db));
}

/* A query about one table, whose name it binds. */
static sqlite3_stmt *
ask(const char *sql, const char *table)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) ||
		(table && sqlite3_bind_text(st, 1, table, -1, SQLITE_STATIC)))
		die(sql, sqlite3_errmsg(db));
	return st;
}

static const char *
text(sqlite3_stmt *st, int i)
{
	return (const char *)sqlite3_column_text(st, i);
}

static void
take_name(char to[MAX_NAME], const char *name)
{
	if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] ||
		strlen(name) >= MAX_NAME)
		die(name, "names are a-z, 0-9 and _");
	(void)snprintf(to, MAX_NAME, "%s", name);
}

static char
kind_of(const char *table, const char *type)
{
	if (strcmp(type, "INTEGER") == 0)
		return 'i';
	if (strcmp(type, "TEXT") == 0)
		return 't';
	if (strcmp(type, "BLOB") == 0)
		return 'b';
	die(table, "columns are INTEGER, TEXT or BLOB");
}

static void
read_columns(struct table *t)
{
	sqlite3_stmt *st = ask("SELECT name, type, pk FROM pragma_table_info(?1)", t->name);

	while (sqlite3_step(st) == SQLITE_ROW) {
		struct column *c = &t->columns[t->count++];

		if (t->count == MAX_COLUMNS)
			die(t->name, "too many columns");
		take_name(c->name, text(st, 0));
		c->kind = kind_of(t->name, text(st, 1));
		c->key = sqlite3_column_int(st, 2);
		t->keys += c->key > 0;
	}
	(void)sqlite3_finalize(st);
	if (!t->keys)
		die(t->name, "has no primary key: its rows have no order to be copied in");
}

static void
count_rows(struct table *t)
{
	char sql[MAX_NAME + 32];
	sqlite3_stmt *st;

	(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %.*s", MAX_NAME, t->name);
	st = ask(sql, NULL);
	if (sqlite3_step(st) == SQLITE_ROW)
		t->seeded = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
}

static void
read_tables(void)
{
	sqlite3_stmt *st = ask("SELECT name FROM sqlite_schema WHERE type = 'table' "
			       "AND name NOT LIKE 'sqlite%' ORDER BY name",
		NULL);

	while (sqlite3_step(st) == SQLITE_ROW) {
		if (table_count == MAX_TABLES)
			die(text(st, 0), "too many tables");
		take_name(tables[table_count++].name, text(st, 0));
	}
	(void)sqlite3_finalize(st);
	for (int i = 0; i < table_count; i++) {
		read_columns(&tables[i]);
		count_rows(&tables[i]);
	}
}

static bool
is_placed(const char *name)
{
	for (int i = 0; i < table_count; i++)
		if (strcmp(tables[i].name, name) == 0)
			return tables[i].placed;
	return true;
}

static bool
may_follow(const struct table *t)
{
	sqlite3_stmt *st = ask("SELECT \"table\" FROM pragma_foreign_key_list(?1)", t->name);
	bool may = true;

	while (sqlite3_step(st) == SQLITE_ROW)
		may &= is_placed(text(st, 0));
	(void)sqlite3_finalize(st);
	return may;
}

static void
put_in_order(void)
{
	for (int placed = 0; placed < table_count;) {
		int before = placed;

		for (int i = 0; i < table_count; i++) {
			if (tables[i].placed || !may_follow(&tables[i]))
				continue;
			order[placed++] = &tables[i];
			tables[i].placed = true;
		}
		if (placed == before)
			die("foreign keys", "form a circle, or a table refers to itself");
	}
}

/* ---- writing ---- */

static void
write_columns(FILE *out, const struct table *t)
{
	for (int i = 0; i < t->count; i++)
		(void)fprintf(out, "%s\n\t%s", i ? "," : "", t->columns[i].name);
}

static const char *
key_name(const struct table *t, int place)
{
	for (int i = 0; i < t->count; i++)
		if (t->columns[i].key == place)
			return t->columns[i].name;
	die(t->name, "its primary key has a hole");
}

static void
write_keys(FILE *out, const struct table *t)
{
	for (int i = 1; i <= t->keys; i++)
		(void)fprintf(out, "%s%s", i > 1 ? ", " : "", key_name(t, i));
}

static void
write_numbers(FILE *out, int count)
{
	for (int i = 1; i <= count; i++)
		(void)fprintf(out, "%s$%d", i > 1 ? ", " : "", i);
}

static void
write_statements(FILE *out, const struct table *t)
{
	(void)fprintf(out, "-- name: copy_read_%s\nSELECT", t->name);
	write_columns(out, t);
	(void)fprintf(out, "\nFROM %s WHERE (", t->name);
	write_keys(out, t);
	(void)fprintf(out, ") > (");
	write_numbers(out, t->keys);
	(void)fprintf(out, ")\nORDER BY ");
	write_keys(out, t);
	(void)fprintf(out, " LIMIT $%d;\n", t->keys + 1);
	(void)fprintf(out, "-- name: copy_insert_%s\nINSERT INTO %s (", t->name, t->name);
	write_columns(out, t);
	(void)fprintf(out, ")\nVALUES (");
	write_numbers(out, t->count);
	(void)fprintf(
		out, ");\n-- name: copy_count_%s\nSELECT count(*) FROM %s;\n", t->name, t->name);
	(void)fprintf(out, "-- name: copy_clear_%s\nDELETE FROM %s;\n", t->name, t->name);
}

static void
write_enum(FILE *out, const char *verb, const char *table)
{
	(void)fprintf(out, "\t\t.%s = SQL_COPY_", verb);
	for (const char *p = verb; *p; p++)
		(void)fputc(toupper((unsigned char)*p), out);
	(void)fputc('_', out);
	for (const char *p = table; *p; p++)
		(void)fputc(toupper((unsigned char)*p), out);
	(void)fprintf(out, ",\n");
}

static void
write_row(FILE *out, const struct table *t)
{
	(void)fprintf(out, "\t{\n\t\t.name = \"%s\",\n", t->name);
	write_enum(out, "read", t->name);
	write_enum(out, "insert", t->name);
	write_enum(out, "count", t->name);
	write_enum(out, "clear", t->name);
	(void)fprintf(out, "\t\t.kinds = \"");
	for (int i = 0; i < t->count; i++)
		(void)fputc(t->columns[i].kind, out);
	(void)fprintf(out, "\",\n\t\t.keys = {");
	for (int place = 1; place <= t->keys; place++)
		for (int i = 0; i < t->count; i++)
			if (t->columns[i].key == place)
				(void)fprintf(out, "%s%d", place > 1 ? ", " : "", i);
	(void)fprintf(
		out, "},\n\t\t.key_count = %d,\n\t\t.seeded = %lld,\n\t},\n", t->keys, t->seeded);
}

static FILE *
open_or_die(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		die(path, strerror(errno));
	return f;
}

int
main(int argc, char *argv[])
{
	FILE *out;

	if (argc < 4) {
		(void)fprintf(stderr, "usage: copyc out.sql out.c migrations...\n");
		return 1;
	}
	if (sqlite3_open(":memory:", &db))
		die("sqlite", "no memory");
	for (int i = 3; i < argc; i++)
		run_migration(argv[i]);
	read_tables();
	put_in_order();
	out = open_or_die(argv[1]);
	(void)fprintf(out, "-- Made by cmd/tools/copyc.c.\n");
	for (int i = 0; i < table_count; i++)
		write_statements(out, order[i]);
	if (fclose(out))
		die(argv[1], strerror(errno));
	out = open_or_die(argv[2]);
	(void)fprintf(out,
		"/* Made by cmd/tools/copyc.c. */\n#include "
		"\"lib/store/copy_table.h\"\n\nconst struct copy_table copy_tables[] = {\n");
	for (int i = 0; i < table_count; i++)
		write_row(out, order[i]);
	(void)fprintf(out, "};\nconst size_t copy_tables_count = %d;\n", table_count);
	if (fclose(out))
		die(argv[2], strerror(errno));
	(void)sqlite3_close(db);
	return 0;
}
