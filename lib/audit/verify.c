/* Goes along the chains and compares. */
#include "lib/audit/verify.h"

#include "lib/base/base64.h"

enum { PAGE_ROWS = 500 };

struct walk {
	struct store *store;
	const struct audit_ring *ring;
	struct arena arena; /* of one page */
	struct audit_cursor *at;
	struct audit_chain chain; /* the record of the chain we are in */
	struct audit_verdict *found;
};

/* ---- what was found ---- */

static enum err
find_chain(struct walk *w, enum audit_fault fault, int64_t chain)
{
	w->found->fault = fault;
	w->found->chain = chain;
	return OK;
}

static enum err
find_missing(struct walk *w, int64_t first, int64_t last)
{
	w->found->seq = first;
	w->found->last = last;
	return find_chain(w, AUDIT_ROWS_REMOVED, w->at->chain);
}

static enum err
find_forged(struct walk *w, const struct audit_row *row)
{
	w->found->seq = w->found->last = row->seq;
	w->found->id = row->id;
	return find_chain(w, AUDIT_ROW_FORGED, w->at->chain);
}

/* ---- the list of chains ---- */

static bool
is_signed(struct walk *w, const struct audit_chain *c)
{
	return audit_ring_proves_head(w->ring, &w->arena, c) &&
	       audit_ring_proves_floor(w->ring, &w->arena, c);
}

/* Before the first chain there is nothing to sign; a list of a version that did not say
 * when it began has no floor until the first chain is forgotten. */
static bool
list_is_signed(struct walk *w, const struct audit_chain *list)
{
	if (list->head.seq && !audit_ring_proves_head(w->ring, &w->arena, list))
		return false;
	return (!list->floor.seq && !list->started_ms) ||
	       audit_ring_proves_floor(w->ring, &w->arena, list);
}

/* There is none before the first chain. */
static enum err
read_list(struct walk *w, struct audit_chain *ret)
{
	struct audit_chain first;
	size_t count = 0;
	enum err e = audit_chain_get(w->store, &w->arena, 0, ret);

	if (e == ERR_NO_ROW) {
		*ret = (struct audit_chain){.chain = 0};
		e = audit_chain_list(w->store, &w->arena, 0, &first, 1, &count);
	}
	if (!e && (count || !list_is_signed(w, ret)))
		return find_chain(w, AUDIT_LIST_FORGED, 0);
	return e;
}

/* What stands between us and the next chain has been forgotten, or is missing. */
static enum err
enter(struct walk *w, const struct audit_chain *next)
{
	struct audit_chain list;
	enum err e;

	if (next->chain != w->at->chain + 1) {
		if ((e = read_list(w, &list)) || w->found->fault)
			return e;
		if (list.floor.seq < next->chain - 1)
			return find_chain(w, AUDIT_CHAIN_REMOVED,
				list.floor.seq > w->at->chain ? list.floor.seq + 1
							      : w->at->chain + 1);
	}
	if (!is_signed(w, next))
		return find_chain(w, AUDIT_CHAIN_FORGED, next->chain);
	*w->at = (struct audit_cursor){next->chain, next->floor.seq, next->floor.hash};
	return OK;
}

/* The list is read first: a chain that begins meanwhile is one more than it knows. */
static enum err
enter_next(struct walk *w)
{
	struct audit_chain list, next;
	int64_t with_rows;
	size_t count;
	enum err e;

	if ((e = read_list(w, &list)) || w->found->fault)
		return e;
	if (w->at->chain < list.floor.seq)
		w->at->chain = list.floor.seq;
	if ((e = audit_chain_next_in_log(w->store, w->at->chain, &with_rows)) ||
		(e = audit_chain_list(w->store, &w->arena, w->at->chain, &next, 1, &count)))
		return e;
	if (with_rows && (!count || with_rows < next.chain))
		return find_chain(w, AUDIT_CHAIN_ADDED, with_rows);
	if (count)
		return enter(w, &next);
	if (w->at->chain < list.head.seq)
		return find_chain(w, AUDIT_CHAIN_REMOVED, w->at->chain + 1);
	w->found->done = true;
	return OK;
}

/* ---- rows ---- */

/* Retention may have cut meanwhile what is missing now. */
static enum err
explain_gap(struct walk *w, int64_t next_seq)
{
	enum err e = audit_chain_get(w->store, &w->arena, w->at->chain, &w->chain);

	if (e)
		return e;
	if (!is_signed(w, &w->chain))
		return find_chain(w, AUDIT_CHAIN_FORGED, w->at->chain);
	if (w->chain.floor.seq <= w->at->seq)
		return find_missing(w, w->at->seq + 1, next_seq - 1);
	w->at->seq = w->chain.floor.seq;
	w->at->hash = w->chain.floor.hash;
	return OK;
}

static bool
is_next(struct walk *w, const struct audit_row *row)
{
	const struct audit_mark *head = &w->chain.head;

	if (row->seq != w->at->seq + 1)
		return false;
	if (!audit_ring_proves_row(w->ring, &w->arena, &w->at->hash, row, row->seq <= head->seq))
		return false;
	return row->seq != head->seq || digest_eq(row->hash, head->hash);
}

/* The chain ends here: as far as its head, at least. */
static enum err
leave(struct walk *w)
{
	if (w->at->seq < w->chain.head.seq)
		return explain_gap(w, w->chain.head.seq + 1);
	w->at->seq = -1;
	return OK;
}

static enum err
check_page(struct walk *w)
{
	struct audit_row *rows = arena_array(&w->arena, struct audit_row, PAGE_ROWS);
	size_t count;
	enum err e;

	/* The record first: all rows up to its head were there then. */
	if ((e = audit_chain_get(w->store, &w->arena, w->at->chain, &w->chain)))
		return e;
	if ((e = audit_log_chain(
		     w->store, &w->arena, w->at->chain, w->at->seq, rows, PAGE_ROWS, &count)))
		return e;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].seq > w->at->seq + 1)
			return explain_gap(w, rows[i].seq);
		if (!is_next(w, &rows[i]))
			return find_forged(w, &rows[i]);
		w->at->seq = rows[i].seq;
		w->at->hash = rows[i].hash;
		w->found->rows++;
	}
	return count < PAGE_ROWS ? leave(w) : OK;
}

static enum err
step(struct walk *w)
{
	enum err e;

	if (w->at->seq < 0)
		return enter_next(w);
	if ((e = check_page(w)) != ERR_NO_ROW)
		return e;
	/* Retention has forgotten the chain meanwhile, or somebody else has: the
	 * list knows. */
	w->at->seq = -1;
	w->at->chain--;
	return OK;
}

enum err
audit_verify(const struct audit_ring *ring, struct store *s, struct audit_cursor *cursor,
	int64_t rows_max, struct audit_verdict *ret)
{
	struct audit_verdict found = {.fault = AUDIT_INTACT};
	struct walk w = {.store = s, .ring = ring, .at = cursor, .found = &found};
	enum err e = OK;

	while (!e && !found.fault && !found.done && found.rows < rows_max) {
		e = step(&w);
		arena_reset(&w.arena);
	}
	arena_free(&w.arena);
	if (!e)
		*ret = found;
	return e;
}

enum err
audit_verify_beginning(
	struct store *s, struct arena *arena, int64_t began_ms, struct audit_verdict *ret)
{
	struct audit_chain list = {.started_ms = 0};
	enum err e = audit_chain_get(s, arena, 0, &list);

	if (e && e != ERR_NO_ROW)
		return e;
	*ret = (struct audit_verdict){
		.fault = list.started_ms == began_ms ? AUDIT_INTACT : AUDIT_TRAIL_REPLACED};
	return OK;
}

/* ---- words ---- */

const char *
audit_fault_name(enum audit_fault fault)
{
	static const char *const names[AUDIT_FAULT_COUNT] = {
		[AUDIT_INTACT] = "intact",
		[AUDIT_TRAIL_REPLACED] = "trail_replaced",
		[AUDIT_KEY_FORGED] = "key_forged",
		[AUDIT_LIST_FORGED] = "list_forged",
		[AUDIT_CHAIN_FORGED] = "chain_forged",
		[AUDIT_CHAIN_REMOVED] = "chain_removed",
		[AUDIT_CHAIN_ADDED] = "chain_added",
		[AUDIT_ROW_FORGED] = "row_forged",
		[AUDIT_ROWS_REMOVED] = "rows_removed",
	};

	return names[fault];
}

struct str
audit_verdict_text(struct arena *arena, const struct audit_verdict *v)
{
	long long chain = v->chain, seq = v->seq, last = v->last;

	switch (v->fault) {
	case AUDIT_TRAIL_REPLACED:
		return STR("The audit trail was emptied, or replaced by another: it is not the one "
			   "that was there when the signing keys were made.");
	case AUDIT_KEY_FORGED:
		return STR("A signing key does not open: its row was edited, or all of them were "
			   "removed. They remember when the audit trail began.");
	case AUDIT_LIST_FORGED:
		return STR("The list of chains was edited, or SESSION_SECRET is not the one it was "
			   "written under.");
	case AUDIT_CHAIN_FORGED:
		return str_printf(arena,
			"The record of chain %lld was edited, or SESSION_SECRET is not the one it "
			"was written under.",
			chain);
	case AUDIT_CHAIN_REMOVED: return str_printf(arena, "Chain %lld was removed.", chain);
	case AUDIT_CHAIN_ADDED:
		return str_printf(arena,
			"There are rows of a chain %lld that never was: they were put in.", chain);
	case AUDIT_ROW_FORGED:
		return str_printf(arena,
			"Row %lld of chain %lld, id %.*s, was edited, moved or put in.", seq, chain,
			STR_ARG(id_text(arena, v->id)));
	case AUDIT_ROWS_REMOVED:
		if (seq == last)
			return str_printf(arena, "Row %lld of chain %lld was removed.", seq, chain);
		return str_printf(
			arena, "Rows %lld to %lld of chain %lld were removed.", seq, last, chain);
	case AUDIT_INTACT:
	case AUDIT_FAULT_COUNT: break;
	}
	return STR("The audit trail is intact.");
}

struct str
audit_cursor_text(struct arena *arena, const struct audit_cursor *c)
{
	return str_printf(arena, "%lld.%lld.%.*s", (long long)c->chain, (long long)c->seq,
		STR_ARG(base64url(arena, c->hash.bytes, DIGEST_SIZE)));
}

enum err
audit_cursor_parse(struct str text, struct audit_cursor *ret)
{
	struct audit_cursor c;
	enum err e;

	if ((e = str_to_i64(str_cut(&text, '.'), &c.chain)) ||
		(e = str_to_i64(str_cut(&text, '.'), &c.seq)) ||
		(e = base64url_decode_exact(text, c.hash.bytes, DIGEST_SIZE)))
		return e;
	if (c.chain < -1 || c.seq < -1)
		return ERR_MALFORMED;
	*ret = c;
	return OK;
}
