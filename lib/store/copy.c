/* Copies all rows, and compares. */
#include "lib/store/copy.h"

#include "lib/base/buf.h"
#include "lib/base/holds.h"
#include "lib/store/copy_table.h"
#include "lib/store/driver.h"
#include "lib/store/migrate.h"

#include <string.h>

enum { BATCH_ROWS = 256, ROW_MAX = 1 << 26, TABLES_MAX = 64 };
/* Counting a large table takes a while. */
enum { STATEMENT_TIMEOUT_S = 3600 };

struct tally {
	int64_t rows;
	int64_t repaired;
	struct digest digest;
};

struct copying {
	struct store *from, *to;
	copy_report *report;
	void *context;
	struct diag *diag;
	struct tally tallies[TABLES_MAX]; /* of the source */
};

/* One walk over one table. */
struct walk {
	const struct copy_table *table;
	struct store *into; /* NULL: only look */
	struct tally tally;
	int64_t total;
	size_t in_batch;
	/* The running statement has borrowed the keys in after; next are those of
	 * the row it is at. */
	struct param after[COPY_KEYS_MAX + 1], next[COPY_KEYS_MAX];
	struct arena *row_arena, *after_arena, *next_arena;
};

/* ---- one row ---- */

static struct param
param_of(struct walk *w, const struct row *row, int column)
{
	struct str bytes;

	if (row_is_null(row, column))
		return param_null();
	if (w->table->kinds[column] == 'i')
		return param_int(row_int(row, column));
	bytes = row->driver->column_bytes(row, column);
	if (!bytes.n)
		bytes = STR("");
	if (w->table->kinds[column] == 'b')
		return param_blob(bytes);
	w->tally.repaired += !str_is_utf8(bytes);
	return param_text(str_to_utf8(w->row_arena, bytes));
}

/* A tag and a length before every value: no two rows read the same. */
static void
encode(struct buf *out, const struct param *p)
{
	switch (p->kind) {
	case PARAM_NULL: buf_add_char(out, 'n'); return;
	case PARAM_INT: buf_add_printf(out, "i%lld;", (long long)p->number); return;
	case PARAM_TEXT:
	case PARAM_BLOB:
		buf_add_printf(out, "%c%zu:", p->kind == PARAM_TEXT ? 't' : 'b', p->bytes.n);
		buf_add(out, p->bytes);
		return;
	}
}

static enum err
add_to_digest(struct walk *w, const struct param *values, size_t count)
{
	struct buf row;

	buf_init(&row, w->row_arena, ROW_MAX);
	buf_add(&row, (struct str){(const char *)w->tally.digest.bytes, DIGEST_SIZE});
	for (size_t i = 0; i < count; i++)
		encode(&row, &values[i]);
	if (!buf_ok(&row))
		return ERR_TOO_LONG;
	w->tally.digest = sha256(buf_str(&row));
	return OK;
}

/* Where the next batch begins; the row itself is about to go. */
static void
remember_key(struct walk *w, const struct param *values)
{
	arena_reset(w->next_arena);
	for (size_t i = 0; i < w->table->key_count; i++) {
		struct param p = values[w->table->keys[i]];

		if (p.bytes.p)
			p.bytes = str_copy(w->next_arena, p.bytes);
		w->next[i] = p;
	}
}

static void
turn_page(struct walk *w)
{
	struct arena *free_again = w->after_arena;

	memcpy(w->after, w->next, w->table->key_count * sizeof w->next[0]);
	w->after_arena = w->next_arena;
	w->next_arena = free_again;
}

static enum err
take_row(const struct row *row, void *context)
{
	struct walk *w = context;
	struct param values[COPY_COLUMNS_MAX];
	size_t count = strlen(w->table->kinds);
	enum err e;

	HOLDS(count <= COPY_COLUMNS_MAX);
	for (size_t i = 0; i < count; i++)
		values[i] = param_of(w, row, (int)i);
	e = add_to_digest(w, values, count);
	if (!e && w->into)
		e = store_run(w->into, w->table->insert, (struct params){values, count});
	remember_key(w, values);
	arena_reset(w->row_arena);
	w->tally.rows++;
	w->in_batch++;
	return e;
}

/* ---- one table ---- */

/* Before every key. */
static struct param
lowest(char kind)
{
	if (kind == 'i')
		return param_int(INT64_MIN);
	return kind == 't' ? param_text(STR("")) : param_blob(STR(""));
}

static void
tell(const struct copying *c, const struct walk *w, bool done)
{
	const struct copy_progress progress = {
		.table = w->table->name,
		.rows = w->tally.rows,
		.total = w->total,
		.repaired = w->tally.repaired,
		.digest = w->tally.digest,
		.done = done,
	};

	if (c->report && w->into)
		c->report(c->context, &progress);
}

static enum err
walk_batches(struct copying *c, struct store *over, struct walk *w)
{
	size_t keys = w->table->key_count;
	enum err e;

	for (size_t i = 0; i < keys; i++)
		w->after[i] = lowest(w->table->kinds[w->table->keys[i]]);
	w->after[keys] = param_int(BATCH_ROWS);
	do {
		w->in_batch = 0;
		e = store_each(
			over, w->table->read, (struct params){w->after, keys + 1}, take_row, w);
		turn_page(w);
		if (!e)
			tell(c, w, false);
	} while (!e && w->in_batch == BATCH_ROWS);
	return e;
}

static enum err
failed(struct copying *c, struct store *s, enum err e, const char *table)
{
	const char *why = store_error(s);

	return diag_set(c->diag, e, "%s: %s: %s", s == c->from ? "source" : "target", table,
		*why ? why : err_sentence(e));
}

/* Reads the table of one database, and with `into` writes it to the other. */
static enum err
walk_table(struct copying *c, const struct copy_table *table, struct store *over,
	struct store *into, struct tally *ret)
{
	struct arena arenas[3] = {{0}};
	struct walk w = {
		.table = table,
		.into = into,
		.row_arena = &arenas[0],
		.after_arena = &arenas[1],
		.next_arena = &arenas[2],
	};
	int64_t count = 0;
	enum err e = into ? store_count(over, table->count, NO_PARAMS, &w.total) : OK;

	if (!e)
		e = walk_batches(c, over, &w);
	if (e)
		e = failed(c, into && *store_error(into) ? into : over, e, table->name);
	else if ((e = store_count(over, table->count, NO_PARAMS, &count)))
		e = failed(c, over, e, table->name);
	else if (count != w.tally.rows)
		e = diag_set(c->diag, ERR_STORE, "%s: %lld rows, but %lld were read", table->name,
			(long long)count, (long long)w.tally.rows);
	for (size_t i = 0; i < countof(arenas); i++)
		arena_free(&arenas[i]);
	if (e)
		return e;
	tell(c, &w, true);
	*ret = w.tally;
	return OK;
}

/* ---- all of them ---- */

enum err
copy_check_empty(struct store *s, struct diag *diag)
{
	for (size_t i = 0; i < copy_tables_count; i++) {
		const struct copy_table *t = &copy_tables[i];
		int64_t count;
		enum err e;

		if ((e = store_count(s, t->count, NO_PARAMS, &count)))
			return diag_set(diag, e, "target: %s: %s", t->name, store_error(s));
		if (count != t->seeded)
			return diag_set(diag, ERR_CONFLICT,
				"the target holds data already (%lld rows in %s); nothing was "
				"copied",
				(long long)count, t->name);
	}
	return OK;
}

/* What the migrations left is in the source as well, and may differ by now. */
static enum err
clear_seeded(struct copying *c)
{
	enum err e;

	for (size_t i = copy_tables_count; i-- > 0;)
		if (copy_tables[i].seeded &&
			(e = store_run(c->to, copy_tables[i].clear, NO_PARAMS)))
			return failed(c, c->to, e, copy_tables[i].name);
	return OK;
}

static enum err
compare(struct copying *c, const struct copy_table *table, const struct tally *source)
{
	struct tally target;
	enum err e;

	if ((e = walk_table(c, table, c->to, NULL, &target)))
		return e;
	if (target.rows != source->rows || !digest_eq(target.digest, source->digest))
		return diag_set(c->diag, ERR_STORE,
			"%s: the target does not read back what the source holds; nothing was "
			"copied",
			table->name);
	return OK;
}

static enum err
copy_tables_over(struct copying *c)
{
	enum err e;

	if ((e = copy_check_empty(c->to, c->diag)) || (e = clear_seeded(c)))
		return e;
	for (size_t i = 0; i < copy_tables_count && !e; i++)
		e = walk_table(c, &copy_tables[i], c->from, c->to, &c->tallies[i]);
	for (size_t i = 0; i < copy_tables_count && !e; i++)
		e = compare(c, &copy_tables[i], &c->tallies[i]);
	return e;
}

/* No server, and no other copy, begins with the target meanwhile. */
static enum err
copy_in_transaction(struct copying *c)
{
	const char *lock = store_driver(c->to)->schema_lock;
	enum err e;

	if (store_begin(c->to) || (lock && store_exec(c->to, lock)))
		return failed(c, c->to, ERR_STORE, "lock");
	store_defer(c->to, true);
	e = copy_tables_over(c);
	store_defer(c->to, false);
	if (!e && (e = store_commit(c->to)))
		e = failed(c, c->to, e, "commit");
	if (e)
		store_rollback(c->to);
	return e;
}

static enum err
copy_snapshot(struct copying *c)
{
	enum err e;

	if (store_begin_snapshot(c->from))
		return failed(c, c->from, ERR_STORE, "snapshot");
	if (!(e = migrate_check(c->from, c->diag)))
		e = copy_in_transaction(c);
	store_rollback(c->from);
	return e;
}

enum err
copy_all(const struct store_setup *from, const struct store_setup *to, copy_report *report,
	void *context, struct diag *diag)
{
	struct copying c = {.report = report, .context = context, .diag = diag};
	struct store_setup source = *from, target = *to;
	enum err e;

	source.writer = false;
	target.writer = true;
	source.statement_timeout_s = target.statement_timeout_s = STATEMENT_TIMEOUT_S;

	if (copy_tables_count > TABLES_MAX)
		return diag_set(diag, ERR_INTERNAL, "more than %d tables", (int)TABLES_MAX);
	if ((e = store_open_unprepared(&source, &c.from, diag)))
		return e;
	if (!(e = migrate_up(&target, NULL, diag)) &&
		!(e = store_open_unprepared(&target, &c.to, diag)))
		e = copy_snapshot(&c);
	store_close(c.to);
	store_close(c.from);
	return e;
}
