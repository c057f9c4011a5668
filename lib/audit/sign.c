/* Signing ends, cutting beginnings. */
#include "lib/audit/sign.h"

#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"

#include <string.h>

enum { CHAINS_PER_PAGE = 64, EXPIRED_MAX = 32 };

#define DAY_MS (24 * 3600 * (int64_t)MS_PER_S)
#define ANCHOR "audit-head/1/"

/* ---- heads ---- */

static enum err
sign_one(struct store *s, struct audit_signing *a, struct audit_chain *c)
{
	enum err e = audit_chain_sign(s, a->arena, c);

	HOLDS(a->count < AUDIT_SIGN_MAX);
	if (!e)
		a->heads[a->count++] = *c;
	return e;
}

static enum err
sign_own(struct store *s, struct audit_signing *a)
{
	struct chain_end *end = store_chain_end(s);
	struct audit_chain c = {
		.chain = end->chain,
		.head = {.seq = end->seq, .at_ms = a->now_ms, .hash = end->hash},
	};
	enum err e;

	if (!end->chain)
		return OK;
	if (end->seq && (e = sign_one(s, a, &c)))
		return e;
	end->signed_seq = end->seq;
	if (a->now_ms - end->started_ms > DAY_MS)
		*end = (struct chain_end){0};
	return OK;
}

static enum err
sign_other(struct store *s, struct audit_signing *a, struct audit_chain *c)
{
	struct audit_ring own = audit_ring_of(s);
	int64_t last;
	enum err e;

	if ((e = audit_chain_last(s, c->chain, &last)))
		return e;
	if (last <= c->head.seq || c->chain == store_chain_end(s)->chain)
		return OK;
	e = audit_ring_hash_at(&own, s, a->arena, c, last, &c->head.hash);
	if (e == ERR_NOT_GENUINE)
		return OK;
	if (e)
		return e;
	c->head.seq = last;
	c->head.at_ms = a->now_ms;
	return sign_one(s, a, c);
}

static enum err
sign_others(struct store *s, struct audit_signing *a)
{
	struct audit_chain *list = arena_array(a->arena, struct audit_chain, CHAINS_PER_PAGE);
	int64_t at = a->after;
	size_t count = CHAINS_PER_PAGE;
	enum err e;

	while (count == CHAINS_PER_PAGE) {
		if ((e = audit_chain_list(s, a->arena, at, list, CHAINS_PER_PAGE, &count)))
			return e;
		for (size_t i = 0; i < count; i++) {
			if ((a->more = a->count == AUDIT_SIGN_MAX))
				return OK;
			if ((e = sign_other(s, a, &list[i])))
				return e;
			a->after = at = list[i].chain;
		}
	}
	return OK;
}

enum err
audit_sign(struct store *s, void *arg)
{
	struct audit_signing *a = arg;
	enum err e;

	HOLDS(a->now_ms > 0);
	a->count = 0;
	a->more = false;
	if ((e = sign_own(s, a)) || !a->all)
		return e;
	return sign_others(s, a);
}

/* ---- floors ---- */

/* Cuts a chain behind row seq, which is expired if it is genuine. */
static enum err
cut(struct store *s, struct audit_retention *r, const struct audit_expired *at)
{
	struct audit_chain c;
	int64_t before;
	enum err e = audit_chain_get(s, r->arena, at->chain, &c);

	if (e || !audit_ring_proves_floor(r->ring, r->arena, &c))
		return e == ERR_NO_ROW ? OK : e;
	before = c.floor.seq;
	if ((e = audit_ring_hash_at(r->ring, s, r->arena, &c, at->seq, &c.floor.hash)))
		return e == ERR_NOT_GENUINE ? OK : e;
	c.floor.seq = at->seq;
	r->deleted += at->seq - before;
	return audit_chain_cut(s, r->arena, &c);
}

/* Nobody writes to a chain that is older than two days: see sign_own. */
static bool
is_over(const struct audit_retention *r, const struct audit_chain *c, int64_t last)
{
	return !last && c->floor.seq >= c->head.seq && c->started_ms < r->before_ms - 2 * DAY_MS;
}

static enum err
forget_first(struct store *s, struct audit_retention *r)
{
	struct audit_chain list, first;
	int64_t last;
	size_t count;
	enum err e;

	if ((e = audit_chain_get(s, r->arena, 0, &list)) ||
		(e = audit_chain_list(s, r->arena, 0, &first, 1, &count)))
		return e == ERR_NO_ROW ? OK : e;
	if (!count || first.chain != list.floor.seq + 1 || first.chain == list.head.seq)
		return OK;
	if ((e = audit_chain_last(s, first.chain, &last)) || !is_over(r, &first, last))
		return e;
	return audit_chain_forget(s, r->arena, first.chain);
}

enum err
audit_retain(struct store *s, void *arg)
{
	struct audit_retention *r = arg;
	struct audit_expired expired[EXPIRED_MAX];
	size_t count;
	enum err e;

	HOLDS(r->limit > 0);
	HOLDS(r->ring && r->ring->living);
	r->deleted = 0;
	if ((e = audit_log_expired(
		     s, r->arena, r->before_ms, r->limit, expired, EXPIRED_MAX, &count)))
		return e;
	for (size_t i = 0; i < count; i++)
		if ((e = cut(s, r, &expired[i])))
			return e;
	return count ? OK : forget_first(s, r);
}

/* ---- anchors ---- */

struct str
audit_anchor_text(struct arena *arena, const struct audit_chain *c)
{
	return str_printf(arena, ANCHOR "%lld/%lld/%lld/%.*s/%.*s", (long long)c->chain,
		(long long)c->head.seq, (long long)c->head.at_ms,
		STR_ARG(base64url(arena, c->head.hash.bytes, DIGEST_SIZE)),
		STR_ARG(base64url(arena, c->head.mac.bytes, DIGEST_SIZE)));
}

enum err
audit_anchor_parse(struct str line, struct audit_chain *ret)
{
	const char *at = line.n ? memmem(line.p, line.n, ANCHOR, sizeof ANCHOR - 1) : NULL;
	struct audit_chain c = {.chain = 0};
	struct str rest;

	if (!at)
		return ERR_MALFORMED;
	rest = str_from(line, (size_t)(at - line.p) + sizeof ANCHOR - 1);
	if (str_to_i64(str_cut(&rest, '/'), &c.chain) ||
		str_to_i64(str_cut(&rest, '/'), &c.head.seq) ||
		str_to_i64(str_cut(&rest, '/'), &c.head.at_ms) ||
		base64url_decode_exact(str_cut(&rest, '/'), c.head.hash.bytes, DIGEST_SIZE) ||
		base64url_decode_exact(str_first(rest, BASE64URL_SIZE(DIGEST_SIZE)),
			c.head.mac.bytes, DIGEST_SIZE))
		return ERR_MALFORMED;
	if (c.chain < 1 || c.head.seq < 1)
		return ERR_MALFORMED;
	*ret = c;
	return OK;
}

enum err
audit_anchor_check(const struct audit_ring *ring, struct store *s, struct arena *arena,
	const struct audit_chain *anchor)
{
	struct audit_chain list, c;
	struct audit_row row;
	size_t count;
	enum err e;

	if (!audit_ring_proves_anchor(ring, arena, anchor))
		return ERR_INVALID_TOKEN;
	if ((e = audit_chain_get(s, arena, 0, &list)))
		return e == ERR_NO_ROW ? ERR_NOT_GENUINE : e;
	if (anchor->chain <= list.floor.seq)
		return audit_ring_proves_floor(ring, arena, &list) ? OK : ERR_NOT_GENUINE;
	if ((e = audit_chain_get(s, arena, anchor->chain, &c)))
		return e == ERR_NO_ROW ? ERR_NOT_GENUINE : e;
	if (anchor->head.seq <= c.floor.seq)
		return audit_ring_proves_floor(ring, arena, &c) ? OK : ERR_NOT_GENUINE;
	if ((e = audit_log_chain(s, arena, anchor->chain, anchor->head.seq - 1, &row, 1, &count)))
		return e;
	if (!count || row.seq != anchor->head.seq || !digest_eq(row.hash, anchor->head.hash))
		return ERR_NOT_GENUINE;
	return OK;
}
