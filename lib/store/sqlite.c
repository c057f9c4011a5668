/*
 * The SQLite driver.  One connection per thread (NOMUTEX), WAL with
 * synchronous=FULL, statements prepared once, parameters bound in place.
 */
#include "lib/store/driver.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WAL_ATTEMPTS = 200, WAL_PAUSE_NS = 25000000 };

/* busy_timeout comes first: the others may have to wait. */
#define PRAGMAS_ALL \
	"PRAGMA busy_timeout = 5000;" \
	"PRAGMA foreign_keys = ON;" \
	"PRAGMA temp_store = MEMORY;" \
	"PRAGMA trusted_schema = OFF;"
#define PRAGMAS_WRITER \
	"PRAGMA synchronous = FULL;" \
	"PRAGMA cache_size = -2000;" \
	"PRAGMA wal_autocheckpoint = 4000;" \
	"PRAGMA journal_size_limit = 67108864;"
#define PRAGMAS_READER "PRAGMA query_only = ON;"
/* Reads the schema, 90 KB, which many a reader never needs: runs before its first statement. */
#define PRAGMA_READER_CACHE "PRAGMA cache_size = -1000;"

struct sqlite {
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_COUNT];
	char error[256];            /* of the last failure; a rollback after it must not hide it */
	enum store_trouble trouble; /* its kind */
	bool writer;
	bool tries_all; /* statements are prepared at the start */
	bool has_cache; /* a reader, after PRAGMA_READER_CACHE */
};

static enum err
err_of(sqlite3 *db, int code)
{
	if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
		return OK;
	switch (sqlite3_extended_errcode(db)) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_FOREIGNKEY: return ERR_ROW_EXISTS;
	default: return ERR_STORE;
	}
}

static enum store_trouble
trouble_of(sqlite3 *db)
{
	switch (sqlite3_errcode(db)) {
	case SQLITE_FULL: return STORE_FULL;
	case SQLITE_READONLY: return STORE_READ_ONLY;
	case SQLITE_BUSY: return STORE_LOCKED;
	default: return STORE_FAILED;
	}
}

static enum err
note_error(struct sqlite *s, enum err e)
{
	if (!e)
		return OK;
	(void)snprintf(s->error, sizeof s->error, "%s", sqlite3_errmsg(s->db));
	s->trouble = trouble_of(s->db);
	return e;
}

/* SQLite would go on writing into a file that has no name any more, and what we
 * answered for would end with this process. */
static enum err
check_place(struct sqlite *s)
{
	int moved = 0;

	if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) || !moved)
		return OK;
	(void)snprintf(s->error, sizeof s->error, "the file has been moved or deleted");
	s->trouble = STORE_MOVED;
	return ERR_STORE;
}

/* A new file is born private; SQLite gives its WAL the same mode.  An existing
 * one is not opened here: closing it would drop SQLite's own POSIX locks. */
static enum err
create_private(const char *path, struct diag *diag)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		return diag_set(diag, ERR_STORE, "%s: cannot create the database: %s", path,
			strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return OK;
}

/* SQLite does not wait by itself while two connections both want to switch. */
static enum err
enter_wal(sqlite3 *db)
{
	const struct timespec pause = {.tv_nsec = WAL_PAUSE_NS};
	int code = SQLITE_BUSY;

	for (int i = 0; i < WAL_ATTEMPTS && code == SQLITE_BUSY; i++) {
		if (i)
			(void)nanosleep(&pause, NULL);
		code = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
	}
	return err_of(db, code);
}

static enum err
configure(sqlite3 *db, bool writer)
{
	enum err e = err_of(db, sqlite3_exec(db, PRAGMAS_ALL, NULL, NULL, NULL));

	if (e)
		return e;
	if (writer && (e = enter_wal(db)))
		return e;
	return err_of(
		db, sqlite3_exec(db, writer ? PRAGMAS_WRITER : PRAGMAS_READER, NULL, NULL, NULL));
}

static void
sqlite_close(void *connection)
{
	struct sqlite *s = connection;

	if (!s)
		return;
	for (size_t i = 0; i < SQL_COUNT; i++)
		(void)sqlite3_finalize(s->statements[i]);
	(void)sqlite3_close(s->db);
	free(s);
}

/* Before the first connection.  Statistics would cost a lock for every allocation; pages
 * taken ahead, 85 KB for each connection, most of which never hold as many. */
static void
configure_library(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
}

static enum err
open_path(struct sqlite *s, const char *path, bool writer, struct diag *diag)
{
	enum err e;

	if (!*path)
		return diag_set(diag, ERR_CONFIG, "the database needs a file name");
	if (writer && (e = create_private(path, diag)))
		return e;
	if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
		return diag_set(diag, ERR_STORE, "%s: cannot open the database: %s", path,
			s->db ? sqlite3_errmsg(s->db) : "no memory");
	if (configure(s->db, writer))
		return diag_set(diag, ERR_STORE, "%s: cannot use the database: %s", path,
			sqlite3_errmsg(s->db));
	return OK;
}

static const char *
path_of(struct arena *arena, struct str dsn)
{
	if (str_starts(dsn, STR("file:"))) {
		dsn = str_from(dsn, sizeof "file:" - 1);
		dsn = str_cut(&dsn, '?');
	}
	return str_c(arena, dsn);
}

/* Whoever has a database in WAL mode open holds a lock on these bytes of the file
 * (https://www.sqlite.org/src/file/src/os.h, SHARED_FIRST).  Closing the file drops all
 * locks of this process on it, so it must have none. */
static enum err
sqlite_in_use(const struct store_setup *setup, bool *ret, struct diag *diag)
{
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000002, .l_len = 510};
	struct arena arena = {0};
	const char *path = path_of(&arena, setup->dsn);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	enum err e = OK;

	if (fd < 0 || fcntl(fd, F_GETLK, &lock))
		e = diag_set(diag, ERR_STORE, "%s: %s", path, strerror(errno));
	else
		*ret = lock.l_type != F_UNLCK;
	if (fd >= 0)
		(void)close(fd);
	arena_free(&arena);
	return e;
}

static enum err
sqlite_open(const struct store_setup *setup, void **ret_connection, struct diag *diag)
{
	static pthread_once_t configured = PTHREAD_ONCE_INIT;
	struct sqlite *s = xcalloc(1, sizeof *s);
	struct arena arena = {0};
	enum err e;

	(void)pthread_once(&configured, configure_library);
	s->writer = setup->writer;
	s->tries_all = setup->writer && !setup->tried;
	e = open_path(s, path_of(&arena, setup->dsn), setup->writer, diag);
	arena_free(&arena);
	if (e) {
		sqlite_close(s);
		return e;
	}
	*ret_connection = s;
	return OK;
}

static enum err
sqlite_exec(void *connection, const char *sql)
{
	struct sqlite *s = connection;

	return note_error(s, err_of(s->db, sqlite3_exec(s->db, sql, NULL, NULL, NULL)));
}

/* SQLite numbers $1, $2 by first appearance, ?1, ?2 by what they say. */
static void
number_parameters(char *sql)
{
	bool quoted = false;

	for (; *sql; sql++) {
		if (*sql == '\'')
			quoted = !quoted;
		else if (*sql == '$' && !quoted)
			*sql = '?';
	}
}

static enum err
prepare_one(struct sqlite *s, enum sql which)
{
	char *text;
	int code;

	if (s->statements[which])
		return OK;
	if (!s->writer && !s->has_cache) {
		(void)sqlite3_exec(s->db, PRAGMA_READER_CACHE, NULL, NULL, NULL);
		s->has_cache = true;
	}
	text = xstrdup(sql_texts[which].text);
	number_parameters(text);
	code = sqlite3_prepare_v3(
		s->db, text, -1, SQLITE_PREPARE_PERSISTENT, &s->statements[which], NULL);
	free(text);
	return note_error(s, err_of(s->db, code));
}

/* All of them on the first connection that writes, so that a broken statement stops
 * the start.  The others prepare what they come to use: all would take a megabyte
 * each, most of it for nothing. */
static enum err
sqlite_prepare(void *connection, struct diag *diag)
{
	struct sqlite *s = connection;

	if (!s->tries_all)
		return OK;
	for (size_t i = 0; i < SQL_EARLY_COUNT; i++)
		if (prepare_one(s, (enum sql)i))
			return diag_set(diag, ERR_STORE,
				"statement %s: %s (has `migrate up` been run?)", sql_texts[i].name,
				sqlite3_errmsg(s->db));
	return OK;
}

static int
bind_one(sqlite3_stmt *st, int i, const struct param *p)
{
	switch (p->kind) {
	case PARAM_INT: return sqlite3_bind_int64(st, i, p->number);
	case PARAM_TEXT:
		/* A NULL pointer would bind NULL, not the empty text. */
		return sqlite3_bind_text64(st, i, p->bytes.p ? p->bytes.p : "", p->bytes.n,
			SQLITE_STATIC, SQLITE_UTF8);
	case PARAM_BLOB:
		if (p->bytes.p)
			return sqlite3_bind_blob64(st, i, p->bytes.p, p->bytes.n, SQLITE_STATIC);
		return sqlite3_bind_blob64(
			st, i, p->inline_bytes, (sqlite3_uint64)p->number, SQLITE_STATIC);
	case PARAM_NULL: break;
	}
	return sqlite3_bind_null(st, i);
}

static int
step_all(sqlite3_stmt *st, row_visitor *visit, void *context, enum err *ret_visit)
{
	struct row row = {.driver = &sqlite_driver, .native = st};
	int code;

	while ((code = sqlite3_step(st)) == SQLITE_ROW)
		if (visit && (*ret_visit = visit(&row, context)))
			return SQLITE_DONE;
	return code;
}

static enum err
sqlite_run(void *connection, enum sql which, struct params params, row_visitor *visit,
	void *context, int64_t *ret_changed)
{
	struct sqlite *s = connection;
	enum err e = prepare_one(s, which), visited = OK;
	sqlite3_stmt *st = s->statements[which];
	int code = SQLITE_OK;

	if (e)
		return e;
	if (which == SQL_BEGIN && (e = check_place(s)))
		return e;
	/* A full disk has rolled back already. */
	if (which == SQL_ROLLBACK && sqlite3_get_autocommit(s->db))
		return OK;
	assert((size_t)sqlite3_bind_parameter_count(st) == params.count);
	for (size_t i = 0; i < params.count && !code; i++)
		code = bind_one(st, (int)i + 1, &params.list[i]);
	if (!code)
		code = step_all(st, visit, context, &visited);
	e = note_error(s, err_of(s->db, code));
	if (!e && ret_changed)
		*ret_changed = sqlite3_stmt_readonly(st) ? 0 : sqlite3_changes64(s->db);
	(void)sqlite3_reset(st);
	return e ? e : visited;
}

static void
sqlite_wait_for_lock(void *connection, int64_t limit_ms)
{
	struct sqlite *s = connection;

	(void)sqlite3_busy_timeout(s->db, (int)limit_ms);
}

static int64_t
sqlite_column_int(const struct row *row, int column)
{
	return sqlite3_column_int64(row->native, column);
}

static bool
sqlite_column_is_null(const struct row *row, int column)
{
	return sqlite3_column_type(row->native, column) == SQLITE_NULL;
}

static struct str
sqlite_column_bytes(const struct row *row, int column)
{
	const char *p = sqlite3_column_blob(row->native, column);

	return (struct str){p, (size_t)sqlite3_column_bytes(row->native, column)};
}

static const char *
sqlite_error(void *connection)
{
	const struct sqlite *s = connection;

	return s->error;
}

static enum store_trouble
sqlite_trouble(void *connection)
{
	const struct sqlite *s = connection;

	return s->trouble;
}

const struct driver sqlite_driver = {
	.name = "sqlite",
	.reads_are_local = true,
	.library = sqlite3_libversion,
	.open = sqlite_open,
	.close = sqlite_close,
	.in_use = sqlite_in_use,
	.exec = sqlite_exec,
	.prepare = sqlite_prepare,
	.run = sqlite_run,
	.wait_for_lock = sqlite_wait_for_lock,
	.column_int = sqlite_column_int,
	.column_is_null = sqlite_column_is_null,
	.column_bytes = sqlite_column_bytes,
	.error = sqlite_error,
	.trouble = sqlite_trouble,
};
