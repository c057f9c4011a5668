/* Sealing, scheduling and promoting signing keys. */
#include "lib/oauth/keys.h"

#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/crypto/random.h"
#include "lib/crypto/seal.h"
#include "lib/oauth/issuer.h"

static void
sealing_key(const struct config *config, struct secret *ret)
{
	struct secret from = {0};

	secret_set(&from, config->session_secret.p, config->session_secret.n);
	derive_key(&from, "authgate signing-key seal", ret);
	secret_free(&from);
}

enum err
keys_open(struct arena *arena, const struct config *config, const struct signing_key *row,
	struct key **ret, struct diag *diag)
{
	struct secret key = {0}, private = {0};
	enum key_alg alg;
	struct str bytes;
	enum err e;

	sealing_key(config, &key);
	e = unseal(arena, &key, row->kid, row->sealed, &bytes);
	secret_free(&key);
	if (e || key_alg_parse(row->alg, &alg))
		return diag_set(diag, ERR_CONFIG,
			"the signing key %.*s in the database does not open: SESSION_SECRET is not "
			"the one it was sealed with; put the old one back, or delete the row from "
			"signing_keys to sign with a new key",
			STR_ARG(row->kid));
	secret_set(&private, bytes.p, bytes.n);
	e = key_import(alg, &private, ret);
	secret_free(&private);
	if (e)
		return diag_set(diag, e, "the signing key %.*s is damaged", STR_ARG(row->kid));
	key_set_id(*ret, row->kid);
	return OK;
}

static enum err
seal_row(const struct context *cx, const struct key *key, struct str *ret)
{
	struct secret wrapping = {0}, private = {0};
	enum err e;

	if ((e = key_export(key, &private)))
		return e;
	sealing_key(cx->config, &wrapping);
	e = seal(cx->arena, &wrapping, str_copy(cx->arena, key_id(key)),
		(struct str){(char *)private.p, private.n}, ret);
	secret_free(&wrapping);
	secret_free(&private);
	return e;
}

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
		change.row.kid = str_copy(cx->arena, key_id(key));
		e = seal_row(cx, key, &change.row.sealed);
		key_free(key);
		if (e || (e = id_new(cx->now_ms, &change.row.id)))
			return e;
	}
	*ret = change;
	return OK;
}

static bool
may_be_asked_for(const struct key_change *c, const struct signing_key *rows, size_t count)
{
	const struct signing_key *next = newest(rows, count, c->alg, "next");

	if (!newest(rows, count, c->alg, "active"))
		return false;
	if (c->step == KEY_STEP_NEXT)
		return !next;
	return next && (c->is_forced || is_known_to_verifiers(c->cx->config, next, c->cx->now_ms));
}

/* Two nodes may find the same step due: the second would publish a key that the
 * first does not know, or retire the one that was just promoted. */
static enum err
check_still_due(struct store *s, const struct key_change *c)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	size_t count;
	enum err e;

	if ((e = signing_key_list(s, c->cx->arena, rows, &count)))
		return e;
	if (c->is_asked_for)
		return may_be_asked_for(c, rows, count) ? OK : ERR_CONFLICT;
	return keys_due(c->cx->config, c->alg, rows, count, c->cx->now_ms) == c->step ? OK
										      : ERR_RACE;
}

enum err
keys_store(struct store *s, void *arg)
{
	const struct key_change *c = arg;
	bool promotes = c->step == KEY_STEP_PROMOTE;
	struct audit_record record = {
		.event = promotes ? AUDIT_EVENT_KEY_PROMOTED : AUDIT_EVENT_KEY_CREATED,
		.actor = c->is_asked_for ? c->cx->actor : AUDIT_SYSTEM,
		.target = promotes ? STR_NONE
				   : str_printf(c->cx->arena, "key:%.*s", STR_ARG(c->row.kid)),
		.detail = c->row.alg,
	};
	enum err e;

	if ((e = store_lock_nodes(s)) || (e = check_still_due(s, c)))
		return e;
	if (promotes)
		e = signing_key_promote(s, c->row.alg, c->retired_expire_ms);
	else
		e = signing_key_insert(s, &c->row);
	if (e || (e = store_notify(s)))
		return e;
	return audit_write(s, c->cx, &record);
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
		return ERR_CONFLICT;
	return str_is(key->state, "next") || r->is_forced ? OK : ERR_CONFLICT;
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

	if ((e = store_lock_nodes(s)) || (e = check_retirable(s, r)) ||
		(e = signing_key_delete(s, r->kid)) || (e = store_notify(s)))
		return e;
	return audit_write(s, r->cx, &record);
}
