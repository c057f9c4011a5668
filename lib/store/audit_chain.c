/* The list of chains, what is hashed and how. */
#include "lib/store/audit_chain.h"

#include "lib/base/buf.h"
#include "lib/base/holds.h"

/* Longer than audit_write makes a row; a longer one is not ours. */
enum { MESSAGE_MAX = 64 * 1024 };

/* ---- what is hashed: fields with their lengths, so that none runs into the next ---- */

static void
put_i64(struct buf *out, int64_t n)
{
	char bytes[8];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)((uint64_t)n >> (56 - 8 * i));
	buf_add(out, (struct str){bytes, sizeof bytes});
}

static void
put(struct buf *out, struct str field)
{
	put_i64(out, (int64_t)field.n);
	buf_add(out, field);
}

static struct str
bytes_of(const struct digest *digest)
{
	return (struct str){(const char *)digest->bytes, DIGEST_SIZE};
}

static void
begin_message(struct buf *out, struct arena *arena, const char *kind, int64_t chain, int64_t seq)
{
	buf_init(out, arena, MESSAGE_MAX);
	put(out, str_of(kind));
	put_i64(out, chain);
	put_i64(out, seq);
}

/* What is too long is cut, and its hash the wrong one. */
static struct digest
end_message(struct hmac *hmac, const struct buf *out)
{
	return hmac_of(hmac, buf_str(out));
}

struct digest
audit_row_hash(struct hmac *hmac, struct arena *arena, const struct digest *before,
	const struct audit_row *r)
{
	struct buf out;

	begin_message(&out, arena, "row", r->chain, r->seq);
	put(&out, bytes_of(before));
	put(&out, (struct str){(const char *)r->id.bytes, ID_SIZE});
	put(&out, r->event);
	put(&out, r->actor);
	put(&out, r->target);
	put(&out, r->detail);
	put(&out, r->request_id);
	put(&out, r->ip);
	put(&out, r->user_agent);
	put_i64(&out, r->at_ms);
	return end_message(hmac, &out);
}

struct digest
audit_head_mac(struct hmac *hmac, struct arena *arena, const struct audit_chain *c)
{
	struct buf out;

	begin_message(&out, arena, "head", c->chain, c->head.seq);
	put_i64(&out, c->head.at_ms);
	put(&out, bytes_of(&c->head.hash));
	return end_message(hmac, &out);
}

struct digest
audit_floor_mac(struct hmac *hmac, struct arena *arena, const struct audit_chain *c)
{
	struct buf out;

	begin_message(&out, arena, "floor", c->chain, c->floor.seq);
	put(&out, c->node);
	put_i64(&out, c->started_ms);
	put(&out, bytes_of(&c->floor.hash));
	return end_message(hmac, &out);
}

/* ---- rows ---- */

static void
read_chain(const struct row *row, struct arena *arena, void *into)
{
	*(struct audit_chain *)into = (struct audit_chain){
		.chain = row_int(row, COL_AUDIT_CHAIN_CHAIN),
		.node = row_text(row, COL_AUDIT_CHAIN_NODE, arena),
		.started_ms = row_int(row, COL_AUDIT_CHAIN_STARTED_MS),
		.head = {row_int(row, COL_AUDIT_CHAIN_HEAD_SEQ),
			row_int(row, COL_AUDIT_CHAIN_HEAD_MS),
			row_digest(row, COL_AUDIT_CHAIN_HEAD_HASH),
			row_digest(row, COL_AUDIT_CHAIN_HEAD_MAC)},
		.floor = {row_int(row, COL_AUDIT_CHAIN_FLOOR_SEQ),
			row_int(row, COL_AUDIT_CHAIN_STARTED_MS),
			row_digest(row, COL_AUDIT_CHAIN_FLOOR_HASH),
			row_digest(row, COL_AUDIT_CHAIN_FLOOR_MAC)},
	};
}

enum err
audit_chain_get(struct store *s, struct arena *arena, int64_t chain, struct audit_chain *ret)
{
	return store_one(s, SQL_AUDIT_CHAIN_GET, PARAMS(param_int(chain)), read_chain, arena, ret);
}

enum err
audit_chain_list(struct store *s, struct arena *arena, int64_t after, struct audit_chain *list,
	size_t limit, size_t *ret_count)
{
	return store_rows(s, SQL_AUDIT_CHAIN_LIST,
		PARAMS(param_int(after), param_int((int64_t)limit)), read_chain, arena,
		(struct store_list){list, sizeof *list, limit}, ret_count);
}

enum err
audit_chain_last(struct store *s, int64_t chain, int64_t *ret_seq)
{
	return store_count(s, SQL_AUDIT_CHAIN_LAST, PARAMS(param_int(chain)), ret_seq);
}

enum err
audit_chain_next_in_log(struct store *s, int64_t after, int64_t *ret_chain)
{
	return store_count(s, SQL_AUDIT_CHAIN_NEXT_IN_LOG, PARAMS(param_int(after)), ret_chain);
}

/* ---- changes ---- */

enum err
audit_chain_sign(struct store *s, struct arena *arena, struct audit_chain *c)
{
	HOLDS(c->chain >= 0);
	HOLDS(c->head.seq > 0);
	c->head.mac = audit_head_mac(store_hmac(s), arena, c);
	return store_run(s, SQL_AUDIT_CHAIN_SIGN,
		PARAMS(param_int(c->chain), param_int(c->head.seq), param_int(c->head.at_ms),
			param_digest(&c->head.hash), param_digest(&c->head.mac)));
}

enum err
audit_chain_cut(struct store *s, struct arena *arena, struct audit_chain *c)
{
	enum err e;

	HOLDS(c->chain >= 0);
	HOLDS(c->floor.seq > 0);
	c->floor.mac = audit_floor_mac(store_hmac(s), arena, c);
	if ((e = store_run(s, SQL_AUDIT_CHAIN_CUT,
		     PARAMS(param_int(c->chain), param_int(c->floor.seq),
			     param_digest(&c->floor.hash), param_digest(&c->floor.mac)))))
		return e;
	return store_run(
		s, SQL_AUDIT_LOG_PURGE, PARAMS(param_int(c->chain), param_int(c->floor.seq)));
}

enum err
audit_chain_reseal(struct store *s, const struct audit_chain *c)
{
	HOLDS(c->chain >= 0);
	return store_change_one(s, SQL_AUDIT_CHAIN_RESEAL,
		PARAMS(param_int(c->chain), param_int(c->started_ms), param_int(c->head.seq),
			param_int(c->head.at_ms), param_digest(&c->head.hash),
			param_digest(&c->head.mac), param_digest(&c->floor.mac)));
}

enum err
audit_chain_forget(struct store *s, struct arena *arena, int64_t chain)
{
	struct audit_chain list;
	enum err e;

	HOLDS(chain > 0);
	if ((e = audit_chain_get(s, arena, 0, &list)) ||
		(e = store_run(s, SQL_AUDIT_CHAIN_DELETE, PARAMS(param_int(chain)))))
		return e;
	list.floor.seq = chain;
	return audit_chain_cut(s, arena, &list);
}

static enum err
insert(struct store *s, struct arena *arena, struct audit_chain *c)
{
	HOLDS(c->chain > 0);
	HOLDS(!c->head.seq && !c->floor.seq);
	c->head.mac = audit_head_mac(store_hmac(s), arena, c);
	c->floor.mac = audit_floor_mac(store_hmac(s), arena, c);
	return store_run(s, SQL_AUDIT_CHAIN_INSERT,
		PARAMS(param_int(c->chain), param_text(c->node), param_int(c->started_ms),
			param_int(c->head.seq), param_int(c->head.at_ms),
			param_digest(&c->head.hash), param_digest(&c->head.mac),
			param_int(c->floor.seq), param_digest(&c->floor.hash),
			param_digest(&c->floor.mac)));
}

/* With the first chain the list begins, and its floor says when. */
static enum err
sign_list(struct store *s, struct arena *arena, struct audit_chain *list)
{
	if (list->head.seq > 1)
		return audit_chain_sign(s, arena, list);
	list->head.mac = audit_head_mac(store_hmac(s), arena, list);
	list->floor.mac = audit_floor_mac(store_hmac(s), arena, list);
	return audit_chain_reseal(s, list);
}

enum err
audit_chain_begin(struct store *s, struct arena *arena, int64_t now_ms)
{
	struct audit_chain list, c = {
					 .node = store_node(s),
					 .started_ms = now_ms,
					 .head = {.at_ms = now_ms},
				 };
	enum err e;

	HOLDS(now_ms > 0);
	HOLDS(!store_chain_end(s)->chain);
	if ((e = store_count(s, SQL_AUDIT_CHAIN_CLAIM,
		     PARAMS(param_digest(&c.head.hash), param_int(now_ms)), &c.chain)) ||
		(e = audit_chain_get(s, arena, 0, &list)))
		return e;
	list.head.at_ms = now_ms;
	if ((e = sign_list(s, arena, &list)) || (e = insert(s, arena, &c)))
		return e;
	*store_chain_end(s) = (struct chain_end){.chain = c.chain, .started_ms = now_ms};
	return OK;
}
