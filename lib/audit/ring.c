/* Opening old keys, and trying one after the other. */
#include "lib/audit/ring.h"

#include "lib/audit/audit.h"
#include "lib/base/buf.h"
#include "lib/crypto/seal.h"

enum { BINDING_MAX = 64 };

void
audit_ring_sealing_key(struct str session_secret, struct secret *ret)
{
	struct secret from = {0};

	secret_set(&from, session_secret.p, session_secret.n);
	derive_key(&from, "authgate audit-key seal", ret);
	secret_free(&from);
}

struct str
audit_ring_binding(struct arena *arena, const struct audit_old_key *k)
{
	return str_printf(
		arena, "%.*s %lld", STR_ARG(id_text(arena, k->id)), (long long)k->last_chain);
}

struct audit_ring
audit_ring_of(struct store *s)
{
	return (struct audit_ring){
		.keys = {store_hmac(s)}, .last_chain = {INT64_MAX}, .count = 1, .living = 1};
}

static void
add(struct audit_ring *r, const struct secret *key, int64_t last_chain)
{
	r->keys[r->count] = hmac_new(key);
	r->last_chain[r->count++] = last_chain;
}

static void
add_previous(struct audit_ring *r, struct str previous)
{
	struct secret key = {0};

	audit_key(previous, &key);
	add(r, &key, INT64_MAX);
	r->living++;
	secret_free(&key);
}

/* What does not open was put there by somebody else, and proves nothing. */
static void
add_old(struct audit_ring *r, struct arena *arena, struct str session_secret,
	const struct audit_old_key *k)
{
	struct secret sealing = {0}, key = {0};
	struct str bytes;

	audit_ring_sealing_key(session_secret, &sealing);
	if (!unseal(arena, &sealing, audit_ring_binding(arena, k), k->sealed, &bytes)) {
		secret_set(&key, bytes.p, bytes.n);
		add(r, &key, k->last_chain);
	}
	secret_free(&sealing);
	secret_free(&key);
}

enum err
audit_ring_open(struct store *s, struct arena *arena, struct str session_secret,
	struct str previous, struct audit_ring *ret)
{
	struct audit_old_key *old = arena_array(arena, struct audit_old_key, AUDIT_OLD_KEYS_MAX);
	struct audit_ring ring = audit_ring_of(s);
	size_t count;
	enum err e;

	if (!ring.keys[0])
		return ERR_INTERNAL;
	if ((e = audit_key_list(s, arena, old, &count)))
		return e;
	if (previous.n)
		add_previous(&ring, previous);
	for (size_t i = 0; i < count; i++) {
		size_t before = ring.count;

		add_old(&ring, arena, session_secret, &old[i]);
		if (ring.count == before && previous.n)
			add_old(&ring, arena, previous, &old[i]);
	}
	*ret = ring;
	return OK;
}

void
audit_ring_close(struct audit_ring *r)
{
	for (size_t i = 1; i < r->count; i++)
		hmac_free(r->keys[i]);
	r->count = 0;
}

bool
audit_ring_proves_row(const struct audit_ring *r, struct arena *arena, const struct digest *before,
	const struct audit_row *row, bool is_pinned)
{
	for (size_t i = 0; i < (is_pinned ? r->count : r->living); i++)
		if (row->chain <= r->last_chain[i] &&
			digest_eq(row->hash, audit_row_hash(r->keys[i], arena, before, row)))
			return true;
	return false;
}

bool
audit_ring_proves_head(const struct audit_ring *r, struct arena *arena, const struct audit_chain *c)
{
	for (size_t i = 0; i < r->living; i++)
		if (digest_eq(c->head.mac, audit_head_mac(r->keys[i], arena, c)))
			return true;
	return false;
}

bool
audit_ring_proves_floor(
	const struct audit_ring *r, struct arena *arena, const struct audit_chain *c)
{
	for (size_t i = 0; i < r->living; i++)
		if (digest_eq(c->floor.mac, audit_floor_mac(r->keys[i], arena, c)))
			return true;
	return false;
}

bool
audit_ring_proves_anchor(
	const struct audit_ring *r, struct arena *arena, const struct audit_chain *c)
{
	for (size_t i = 0; i < r->count; i++)
		if (c->chain <= r->last_chain[i] &&
			digest_eq(c->head.mac, audit_head_mac(r->keys[i], arena, c)))
			return true;
	return false;
}

enum err
audit_ring_hash_at(const struct audit_ring *r, struct store *s, struct arena *arena,
	const struct audit_chain *c, int64_t seq, struct digest *ret)
{
	struct audit_row rows[2];
	struct digest before = c->floor.hash;
	bool second = seq > c->floor.seq + 1;
	size_t count, last = second ? 1 : 0;
	enum err e = audit_log_chain(
		s, arena, c->chain, seq - 1 - (int64_t)last, rows, last + 1, &count);

	if (e)
		return e;
	if (count <= last || rows[last].seq != seq || rows[0].seq != seq - (int64_t)last)
		return ERR_NOT_GENUINE;
	if (second)
		before = rows[0].hash;
	if (!audit_ring_proves_row(r, arena, &before, &rows[last], seq <= c->head.seq))
		return ERR_NOT_GENUINE;
	*ret = rows[last].hash;
	return OK;
}
