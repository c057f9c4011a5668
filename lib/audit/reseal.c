/* Signing ends anew, keeping the key of what is below them. */
#include "lib/audit/reseal.h"

#include "lib/audit/audit.h"
#include "lib/audit/ring.h"
#include "lib/base/holds.h"
#include "lib/crypto/random.h"
#include "lib/crypto/seal.h"

enum { CHAINS_PER_PAGE = 64 };

/* ---- ends ---- */

/* A ring of the one key that goes. */
static struct audit_ring
ring_before(const struct audit_reseal *a)
{
	struct audit_ring ring = {.last_chain = {INT64_MAX}, .count = 1, .living = 1};
	struct secret key = {0};

	audit_key(a->previous, &key);
	ring.keys[0] = hmac_new(&key);
	secret_free(&key);
	return ring;
}

/* The end that nobody has signed yet, after a crash for instance. */
static enum err
reach_last(struct store *s, const struct audit_reseal *a, const struct audit_ring *before,
	struct audit_chain *c)
{
	struct digest hash;
	int64_t last;
	enum err e;

	if (!c->chain)
		return OK;
	if ((e = audit_chain_last(s, c->chain, &last)) || last <= c->head.seq)
		return e;
	if ((e = audit_ring_hash_at(before, s, a->arena, c, last, &hash)))
		return e == ERR_NOT_GENUINE ? OK : e;
	c->head.seq = last;
	c->head.hash = hash;
	return OK;
}

static enum err
reseal_chain(struct store *s, const struct audit_reseal *a, const struct audit_ring *before,
	struct audit_chain *c, bool *changed)
{
	struct hmac *now = store_hmac(s);
	bool head = audit_ring_proves_head(before, a->arena, c);
	bool floor = audit_ring_proves_floor(before, a->arena, c);
	enum err e;

	if (!head && !floor)
		return OK;
	*changed = true;
	if (head) {
		if ((e = reach_last(s, a, before, c)))
			return e;
		c->head.mac = audit_head_mac(now, a->arena, c);
	}
	if (floor)
		c->floor.mac = audit_floor_mac(now, a->arena, c);
	return audit_chain_reseal(s, c);
}

static enum err
reseal_chains(struct store *s, const struct audit_reseal *a, bool *changed)
{
	struct audit_chain *list = arena_array(a->arena, struct audit_chain, CHAINS_PER_PAGE);
	struct audit_ring before = ring_before(a);
	size_t count = CHAINS_PER_PAGE;
	int64_t at = -1;
	enum err e = OK;

	while (!e && count == CHAINS_PER_PAGE) {
		e = audit_chain_list(s, a->arena, at, list, CHAINS_PER_PAGE, &count);
		for (size_t i = 0; !e && i < count; i++) {
			at = list[i].chain;
			e = reseal_chain(s, a, &before, &list[i], changed);
		}
	}
	hmac_free(before.keys[0]);
	return e;
}

/* ---- keys ---- */

static enum err
reseal_old_key(struct store *s, const struct audit_reseal *a, const struct secret *before,
	const struct secret *now, const struct audit_old_key *k)
{
	struct str binding = audit_ring_binding(a->arena, k), bytes, sealed;
	enum err e;

	if (unseal(a->arena, before, binding, k->sealed, &bytes))
		return OK;
	if ((e = seal(a->arena, now, binding, bytes, &sealed)))
		return e;
	return audit_key_reseal(s, k->id, sealed);
}

static enum err
keep_key(struct store *s, const struct audit_reseal *a, const struct secret *sealing,
	int64_t last_chain)
{
	struct audit_old_key row = {.last_chain = last_chain, .retired_ms = a->now_ms};
	struct secret key = {0};
	enum err e;

	if ((e = id_new(a->now_ms, &row.id)))
		return e;
	audit_key(a->previous, &key);
	e = seal(a->arena, sealing, audit_ring_binding(a->arena, &row),
		(struct str){(const char *)key.p, key.n}, &row.sealed);
	secret_free(&key);
	return e ? e : audit_key_insert(s, &row);
}

static enum err
reseal_keys(struct store *s, const struct audit_reseal *a, const struct secret *now, bool changed)
{
	struct audit_old_key *old = arena_array(a->arena, struct audit_old_key, AUDIT_OLD_KEYS_MAX);
	struct audit_chain list;
	struct secret before = {0};
	size_t count;
	enum err e = audit_key_list(s, a->arena, old, &count);

	audit_ring_sealing_key(a->previous, &before);
	for (size_t i = 0; !e && i < count; i++)
		e = reseal_old_key(s, a, &before, now, &old[i]);
	secret_free(&before);
	if (e || !changed)
		return e;
	if ((e = audit_chain_get(s, a->arena, 0, &list)) ||
		(e = audit_key_purge(s, list.floor.seq)))
		return e;
	return keep_key(s, a, now, list.head.seq);
}

enum err
audit_reseal(struct store *s, const struct audit_reseal *a)
{
	struct secret sealing = {0};
	bool changed = false;
	enum err e = reseal_chains(s, a, &changed);

	HOLDS(a->session_secret.n > 0 && a->previous.n > 0);
	HOLDS(!str_eq(a->session_secret, a->previous));
	audit_ring_sealing_key(a->session_secret, &sealing);
	if (!e)
		e = reseal_keys(s, a, &sealing, changed);
	secret_free(&sealing);
	return e;
}

/* ---- the beginning ---- */

enum err
audit_trail_began(struct store *s, struct arena *arena, int64_t now_ms, int64_t *ret_ms)
{
	struct audit_ring ring = audit_ring_of(s);
	struct audit_chain list;
	enum err e = audit_chain_get(s, arena, 0, &list);

	HOLDS(now_ms > 0);
	if (e || list.started_ms) {
		*ret_ms = e ? 0 : list.started_ms;
		return e;
	}
	if (list.floor.seq && !audit_ring_proves_floor(&ring, arena, &list))
		return ERR_NOT_GENUINE;
	*ret_ms = list.started_ms = now_ms;
	list.floor.mac = audit_floor_mac(store_hmac(s), arena, &list);
	return audit_chain_reseal(s, &list);
}
