/* Sealing, scheduling and promoting signing keys. */
#include "lib/oauth/keys.h"

#include "lib/audit/audit.h"
#include "lib/audit/reseal.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/crypto/random.h"
#include "lib/crypto/seal.h"
#include "lib/oauth/issuer.h"

/* ---- sealing ---- */

enum { CLOCKS_DIFFER_MS = 5 * 60 * 1000 };

static void
sealing_key(struct str session_secret, struct secret *ret)
{
	struct secret from = {0};

	secret_set(&from, session_secret.p, session_secret.n);
	derive_key(&from, "authgate signing-key seal", ret);
	secret_free(&from);
}

/* What a sealed key is bound to: its name, and when the audit trail began. */
static struct str
binding(struct arena *arena, const struct signing_key *row)
{
	if (!row->trail_began_ms)
		return row->kid;
	return str_printf(arena, "%.*s %lld", STR_ARG(row->kid), (long long)row->trail_began_ms);
}

static enum err
open_with(struct arena *arena, struct str session_secret, const struct signing_key *row,
	struct str *ret)
{
	struct secret key = {0};
	enum err e;

	if (!session_secret.n)
		return ERR_CRYPTO;
	sealing_key(session_secret, &key);
	e = unseal(arena, &key, binding(arena, row), row->sealed, ret);
	secret_free(&key);
	return e;
}

static enum err
seal_with(
	struct arena *arena, struct str session_secret, struct str private, struct signing_key *row)
{
	struct secret key = {0};
	enum err e;

	sealing_key(session_secret, &key);
	e = seal(arena, &key, binding(arena, row), private, &row->sealed);
	secret_free(&key);
	return e;
}

/* Whether it took the secret before to open it. */
static enum err
open_row(struct arena *arena, const struct config *config, const struct signing_key *row,
	struct str *ret, bool *ret_previous)
{
	*ret_previous = false;
	if (!open_with(arena, config->session_secret, row, ret))
		return OK;
	*ret_previous = true;
	return open_with(arena, config->session_secret_previous, row, ret);
}

enum err
keys_open(struct arena *arena, const struct config *config, const struct signing_key *row,
	struct key **ret, struct diag *diag)
{
	struct secret private = {0};
	enum key_alg alg;
	struct str bytes;
	bool previous;
	enum err e;

	if (open_row(arena, config, row, &bytes, &previous) || key_alg_parse(row->alg, &alg))
		return diag_set(diag, ERR_CONFIG,
			"the signing key %.*s in the database does not open: SESSION_SECRET is not "
			"the one it was sealed with; put the old one back, or give it as "
			"SESSION_SECRET_PREVIOUS, start, and run `authgate admin key reseal`; if "
			"it is lost, delete the row from signing_keys to sign with a new key",
			STR_ARG(row->kid));
	secret_set(&private, bytes.p, bytes.n);
	e = key_import(alg, &private, ret);
	secret_free(&private);
	if (e)
		return diag_set(diag, e, "the signing key %.*s is damaged", STR_ARG(row->kid));
	key_set_id(*ret, row->kid);
	return OK;
}

bool
keys_wait_for_reseal(struct arena *arena, const struct config *config,
	const struct signing_key *rows, size_t count)
{
	struct str bytes;
	bool previous;

	for (size_t i = 0; config->session_secret_previous.n && i < count; i++)
		if (!open_row(arena, config, &rows[i], &bytes, &previous) && previous)
			return true;
	return false;
}

/* Sealed with the newest secret and unbound: for nobody but keys_store. */
static enum err
export_key(const struct context *cx, const struct key *key, struct signing_key *row)
{
	struct secret private = {0};
	enum err e;

	if ((e = key_export(key, &private)))
		return e;
	row->kid = str_copy(cx->arena, key_id(key));
	e = seal_with(cx->arena, cx->config->session_secret,
		(struct str){(char *)private.p, private.n}, row);
	secret_free(&private);
	return e;
}

static int64_t
began_ms_of(const struct signing_key *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].trail_began_ms)
			return rows[i].trail_began_ms;
	return 0;
}

/* As the rows that are there: sealed with the secret that all nodes know, and bound to the
 * beginning that they remember. */
static enum err
seal_among(struct store *s, const struct context *cx, const struct signing_key *rows, size_t count,
	struct signing_key *row)
{
	bool waits = keys_wait_for_reseal(cx->arena, cx->config, rows, count);
	struct str secret =
		waits ? cx->config->session_secret_previous : cx->config->session_secret;
	int64_t began_ms = began_ms_of(rows, count);
	struct str private;
	bool previous;
	enum err e;

	if ((e = open_row(cx->arena, cx->config, row, &private, &previous)))
		return e;
	if (!began_ms && (e = audit_trail_began(s, cx->arena, cx->now_ms, &began_ms)))
		return e;
	row->trail_began_ms = began_ms;
	return seal_with(cx->arena, secret, private, row);
}

enum err
keys_trail_began(const struct context *cx, int64_t *ret_ms)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	struct str private;
	bool previous;
	size_t count;
	enum err e = signing_key_list(cx->store, cx->arena, rows, &count);

	if (e)
		return e;
	for (size_t i = 0; i < count; i++)
		if (open_row(cx->arena, cx->config, &rows[i], &private, &previous))
			return ERR_NOT_GENUINE;
	*ret_ms = began_ms_of(rows, count);
	return count ? OK : ERR_NOT_GENUINE;
}

/* ---- steps ---- */

size_t
keys_algorithms(const struct config *config, enum key_alg out[2])
{
	enum key_alg signing = issuer_algorithm(config);
	bool from_outside = config->jwt_private_key_pem.n || config->jwt_private_key_path.n ||
			    (signing == KEY_HS256 && config->jwt_secret.n);
	size_t n = 0;

	if (!from_outside)
		out[n++] = signing;
	if (signing != KEY_RS256)
		out[n++] = KEY_RS256;
	return n;
}

static const struct signing_key *
newest(const struct signing_key *rows, size_t count, enum key_alg alg, const char *state)
{
	for (size_t i = count; i-- > 0;)
		if (str_is(rows[i].alg, key_alg_name(alg)) && str_is(rows[i].state, state))
			return &rows[i];
	return NULL;
}

static bool
is_known_to_verifiers(const struct config *config, const struct signing_key *k, int64_t now_ms)
{
	return k->created_ms + config->key_publish_ahead_s * MS_PER_S <= now_ms;
}

bool
keys_is_from_future(const struct signing_key *k, int64_t now_ms)
{
	return k->created_ms > now_ms + CLOCKS_DIFFER_MS;
}

enum key_step
keys_due(const struct config *config, enum key_alg alg, const struct signing_key *rows,
	size_t count, int64_t now_ms)
{
	const struct signing_key *active = newest(rows, count, alg, "active");
	const struct signing_key *next = newest(rows, count, alg, "next");
	int64_t ahead_ms = config->key_publish_ahead_s * MS_PER_S;
	int64_t life_ms = config->key_rotation_s * MS_PER_S;

	if (!active)
		return KEY_STEP_FIRST;
	if (keys_is_from_future(active, now_ms) || (next && keys_is_from_future(next, now_ms)))
		return KEY_STEP_REDATE;
	if (next)
		return is_known_to_verifiers(config, next, now_ms) ? KEY_STEP_PROMOTE
								   : KEY_STEP_NONE;
	if (life_ms && active->created_ms + life_ms - ahead_ms <= now_ms)
		return KEY_STEP_NEXT;
	return KEY_STEP_NONE;
}

/* The longest that anything signed now can live. */
static int64_t
longest_life_ms(const struct config *c)
{
	int64_t longest_s = c->id_token_ttl_s;

	if (c->client_credentials_ttl_s > longest_s)
		longest_s = c->client_credentials_ttl_s;
	if (c->access_ttl_max_s > longest_s)
		longest_s = c->access_ttl_max_s;
	return longest_s * MS_PER_S;
}

enum err
keys_prepare(const struct context *cx, enum key_alg alg, enum key_step step, struct key_change *ret)
{
	struct key_change change = {
		.cx = cx,
		.step = step,
		.alg = alg,
		.retired_expire_ms = cx->now_ms + longest_life_ms(cx->config),
		.row =
			{
				.alg = str_of(key_alg_name(alg)),
				.state = step == KEY_STEP_FIRST ? STR("active") : STR("next"),
				.created_ms = cx->now_ms,
			},
	};
	struct key *key;
	enum err e;

	if (step == KEY_STEP_FIRST || step == KEY_STEP_NEXT) {
		if ((e = key_generate(alg, &key)))
			return e;
		e = export_key(cx, key, &change.made);
		change.row.kid = change.made.kid;
		key_free(key);
		if (e || (e = id_new(cx->now_ms, &change.row.id)))
			return e;
	}
	*ret = change;
	return OK;
}

static enum err
check_may_be_asked_for(const struct key_change *c, const struct signing_key *rows, size_t count)
{
	const struct signing_key *next = newest(rows, count, c->alg, "next");

	if (!newest(rows, count, c->alg, "active"))
		return ERR_KEY_MISSING;
	if (c->step == KEY_STEP_NEXT)
		return next ? ERR_SUCCESSOR_EXISTS : OK;
	if (!next)
		return ERR_SUCCESSOR_MISSING;
	if (c->is_forced || is_known_to_verifiers(c->cx->config, next, c->cx->now_ms))
		return OK;
	return ERR_SUCCESSOR_TOO_NEW;
}

/* Two nodes may find the same step due: the second would publish a key that the
 * first does not know, or retire the one that was just promoted. */
static enum err
check_still_due(const struct key_change *c, const struct signing_key *rows, size_t count)
{
	if (c->is_asked_for)
		return check_may_be_asked_for(c, rows, count);
	return keys_due(c->cx->config, c->alg, rows, count, c->cx->now_ms) == c->step ? OK
										      : ERR_RACE;
}

static enum err
insert_made(struct store *s, struct key_change *c, const struct signing_key *rows, size_t count)
{
	struct signing_key row = c->made;
	enum err e = seal_among(s, c->cx, rows, count, &row);

	if (e)
		return e;
	c->row.sealed = row.sealed;
	c->row.trail_began_ms = row.trail_began_ms;
	return signing_key_insert(s, &c->row);
}

enum err
keys_store(struct store *s, void *arg)
{
	struct key_change *c = arg;
	struct signing_key rows[SIGNING_KEYS_MAX];
	size_t count;
	bool promotes = c->step == KEY_STEP_PROMOTE;
	struct audit_record record = {
		.event = promotes ? AUDIT_EVENT_KEY_PROMOTED : AUDIT_EVENT_KEY_CREATED,
		.actor = c->is_asked_for ? c->cx->actor : AUDIT_SYSTEM,
		.target = promotes ? STR_NONE
				   : str_printf(c->cx->arena, "key:%.*s", STR_ARG(c->row.kid)),
		.detail = c->row.alg,
	};
	enum err e;

	HOLDS(c->step != KEY_STEP_NONE);
	/* The row of the audit trail first: the very first begins it. */
	if ((e = store_lock_nodes(s)) || (e = signing_key_list(s, c->cx->arena, rows, &count)) ||
		(e = check_still_due(c, rows, count)) || (e = audit_write(s, c->cx, &record)))
		return e;
	/* Nothing of the key changes, and nobody did it. */
	if (c->step == KEY_STEP_REDATE)
		return signing_key_redate(
			s, c->row.alg, c->cx->now_ms, c->cx->now_ms + CLOCKS_DIFFER_MS);
	if (promotes)
		e = signing_key_promote(s, c->row.alg, c->retired_expire_ms);
	else
		e = insert_made(s, c, rows, count);
	return e ? e : store_notify(s);
}

/* ---- another secret ---- */

static enum err
reseal_row(struct store *s, const struct context *cx, int64_t began_ms, struct signing_key *row)
{
	struct str private;
	bool previous;
	enum err e;

	/* Opens with no secret there is: issuer_open tells of it, and nothing is lost here. */
	if (open_row(cx->arena, cx->config, row, &private, &previous) ||
		(!previous && row->trail_began_ms))
		return OK;
	row->trail_began_ms = row->trail_began_ms ? row->trail_began_ms : began_ms;
	e = seal_with(cx->arena, cx->config->session_secret, private, row);
	return e ? e : signing_key_reseal(s, row);
}

static enum err
reseal_rows(struct store *s, const struct context *cx)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	int64_t began_ms;
	size_t count;
	enum err e = signing_key_list(s, cx->arena, rows, &count);

	if (e)
		return e;
	began_ms = began_ms_of(rows, count);
	if (!began_ms && (e = audit_trail_began(s, cx->arena, cx->now_ms, &began_ms)))
		return e;
	for (size_t i = 0; !e && i < count; i++)
		e = reseal_row(s, cx, began_ms, &rows[i]);
	return e;
}

enum err
keys_reseal(struct store *s, void *arg)
{
	const struct context *cx = arg;
	struct audit_record record = {
		.event = AUDIT_EVENT_KEYS_RESEALED, .actor = cx->actor, .target = STR("server")};
	struct audit_reseal trail = {
		.arena = cx->arena,
		.session_secret = cx->config->session_secret,
		.previous = cx->config->session_secret_previous,
		.now_ms = cx->now_ms,
	};
	enum err e;

	HOLDS(cx->config->session_secret.n > 0);
	HOLDS(cx->config->session_secret_previous.n > 0);
	if ((e = store_lock_nodes(s)) || (e = audit_write(s, cx, &record)) ||
		(e = audit_reseal(s, &trail)) || (e = reseal_rows(s, cx)))
		return e;
	return store_notify(s);
}

static const struct signing_key *
with_kid(const struct signing_key *rows, size_t count, struct str kid)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(rows[i].kid, kid))
			return &rows[i];
	return NULL;
}

/* What signs stays.  Nothing has been signed by a successor that waits; what once
 * signed may still be needed, until it expires. */
static enum err
check_retirable(struct store *s, const struct key_retirement *r)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	const struct signing_key *key;
	size_t count;
	enum err e;

	if ((e = signing_key_list(s, r->cx->arena, rows, &count)))
		return e;
	if (!(key = with_kid(rows, count, r->kid)))
		return ERR_NOT_FOUND;
	if (str_is(key->state, "active"))
		return ERR_KEY_SIGNS;
	return str_is(key->state, "next") || r->is_forced ? OK : ERR_KEY_SIGNED;
}

enum err
keys_retire(struct store *s, void *arg)
{
	const struct key_retirement *r = arg;
	struct audit_record record = {
		.event = AUDIT_EVENT_KEY_RETIRED,
		.actor = r->cx->actor,
		.target = str_printf(r->cx->arena, "key:%.*s", STR_ARG(r->kid)),
	};
	enum err e;

	HOLDS(r->kid.n > 0);
	if ((e = store_lock_nodes(s)) || (e = check_retirable(s, r)) ||
		(e = signing_key_delete(s, r->kid)) || (e = store_notify(s)))
		return e;
	return audit_write(s, r->cx, &record);
}
