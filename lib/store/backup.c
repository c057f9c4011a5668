/* Copying a SQLite database: VACUUM INTO reads one snapshot and blocks nobody. */
#include "lib/store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often SQLite asks: every so many steps of its machine. */
enum { WATCH_STEPS = 20000 };

struct watch {
	backup_watcher *watcher;
	void *context;
	const char *file; /* that grows */
	int64_t total;
};

static enum err
failed(struct diag *diag, const char *file, const char *why)
{
	return diag_set(diag, ERR_IO, "%s: %s", file, why);
}

static struct str
path_of(struct str dsn)
{
	if (!str_starts(dsn, STR("file:")))
		return dsn;
	dsn = str_from(dsn, sizeof "file:" - 1);
	return str_cut(&dsn, '?');
}

/* SQLite fills a file that exists and is empty: so it is private from its birth. */
static enum err
create(const char *temporary, struct diag *diag)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return failed(diag, temporary, strerror(errno));
	(void)close(fd);
	return OK;
}

static enum err
execute(sqlite3 *db, const char *sql, const char *value)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK && value)
		code = sqlite3_bind_text(statement, 1, value, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW &&
		strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
		code = SQLITE_CORRUPT;
	(void)sqlite3_finalize(statement);
	return code == SQLITE_DONE || code == SQLITE_ROW ? OK : ERR_STORE;
}

static int64_t
size_of(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : (int64_t)status.st_size;
}

static int
look(void *watch)
{
	const struct watch *w = watch;

	w->watcher(w->context, size_of(w->file), w->total);
	return 0;
}

/* Opens, runs one statement, closes. */
static enum err
with_database(const char *path, const char *sql, const char *value, struct watch *watch,
	struct diag *diag)
{
	sqlite3 *db = NULL;
	enum err e = ERR_STORE;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
		sqlite3_busy_timeout(db, 10000) == SQLITE_OK) {
		if (watch)
			sqlite3_progress_handler(db, WATCH_STEPS, look, watch);
		e = execute(db, sql, value);
	}
	if (e)
		(void)failed(diag, path, db ? sqlite3_errmsg(db) : "no memory");
	(void)sqlite3_close(db);
	return e;
}

static enum err
make_durable(const char *path, int flags, struct diag *diag)
{
	int fd = open(path, flags | O_CLOEXEC);
	int code = fd < 0 ? -1 : fsync(fd);
	int why = errno;

	if (fd >= 0)
		(void)close(fd);
	return code ? failed(diag, path, strerror(why)) : OK;
}

/* The directory that holds the file. */
static const char *
directory_of(struct arena *arena, const char *file)
{
	const char *slash = strrchr(file, '/');

	if (!slash)
		return ".";
	return slash == file ? "/" : str_c(arena, (struct str){file, (size_t)(slash - file)});
}

static enum err
copy(struct arena *arena, const char *from, const char *temporary, const char *file,
	struct watch *watch, struct diag *diag)
{
	enum err e;

	if ((e = with_database(from, "VACUUM INTO ?1", temporary, watch, diag)) ||
		(e = with_database(temporary, "PRAGMA integrity_check", NULL, watch, diag)) ||
		(e = make_durable(temporary, O_RDONLY, diag)))
		return e;
	/* Not rename, which would put it in the place of another. */
	if (link(temporary, file))
		return failed(diag, file, strerror(errno));
	(void)unlink(temporary);
	return make_durable(directory_of(arena, file), O_RDONLY | O_DIRECTORY, diag);
}

enum err
backup_write(const struct store_setup *setup, const char *file, backup_watcher *watcher,
	void *context, struct diag *diag)
{
	struct arena arena = {0};
	const char *temporary = arena_printf(&arena, "%s.%lld.tmp", file, (long long)getpid());
	enum err e;

	if (!str_is(setup->driver, "sqlite")) {
		arena_free(&arena);
		return diag_set(diag, ERR_CONFIG,
			"only a SQLite database is copied here; "
			"for PostgreSQL use pg_dump");
	}
	if (!(e = create(temporary, diag))) {
		const char *from = str_c(&arena, path_of(setup->dsn));
		struct watch watch = {watcher, context, temporary, size_of(from)};

		e = copy(&arena, from, temporary, file, watcher ? &watch : NULL, diag);
		if (e)
			(void)unlink(temporary);
	}
	arena_free(&arena);
	return e;
}

enum err
backup_check(
	const struct store_setup *setup, backup_watcher *watcher, void *context, struct diag *diag)
{
	struct watch watch = {.watcher = watcher, .context = context};
	struct arena arena = {0};
	enum err e;

	if (!str_is(setup->driver, "sqlite"))
		return diag_set(diag, ERR_CONFIG, "for PostgreSQL use pg_amcheck");
	watch.file = str_c(&arena, path_of(setup->dsn));
	watch.total = size_of(watch.file);
	e = with_database(
		watch.file, "PRAGMA integrity_check", NULL, watcher ? &watch : NULL, diag);
	arena_free(&arena);
	return e;
}
