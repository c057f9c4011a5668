/* Loads, seals and publishes the signing keys. */
#include "lib/oauth/issuer.h"

#include "lib/audit/audit.h"
#include "lib/base/json.h"
#include "lib/crypto/random.h"
#include "lib/crypto/seal.h"
#include "lib/store/signing_key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ID_TOKEN_MAX = 16 * 1024,
	PEM_MAX = 64 * 1024,
	JWKS_MAX = 64 * 1024,
	KEYS_MAX = SIGNING_KEYS_MAX + 3
};

struct opening {
	struct issuer *issuer;
	const struct config *config;
	struct store *store;
	int64_t now_ms;
	struct diag *diag;
	struct secret sealing_key;
	struct key *keys[KEYS_MAX];
	size_t count;
	const struct key *signer;
};

/* What is written when the server makes a key. */
struct creation {
	struct context cx;
	struct signing_key row;
};

enum key_alg
issuer_algorithm(const struct config *config)
{
	enum key_alg alg;

	if (!key_alg_parse(config->jwt_algorithm, &alg))
		return alg;
	return config->jwt_secret.n ? KEY_HS256 : KEY_ES256;
}

/* ---- the table ---- */

static enum err
unseal_row(struct opening *o, const struct signing_key *row, struct key **ret)
{
	struct secret private = {0};
	enum key_alg alg;
	struct str bytes;
	enum err e;

	if (key_alg_parse(row->alg, &alg) ||
		unseal(&o->issuer->arena, &o->sealing_key, row->kid, row->sealed, &bytes))
		return diag_set(o->diag, ERR_CONFIG,
			"the signing key %.*s in the database does not open: SESSION_SECRET is not "
			"the one it was sealed with; put the old one back, or delete the row from "
			"signing_keys to sign with a new key",
			STR_ARG(row->kid));
	secret_set(&private, bytes.p, bytes.n);
	e = key_import(alg, &private, ret);
	secret_free(&private);
	if (e)
		return diag_set(o->diag, e, "the signing key %.*s is damaged", STR_ARG(row->kid));
	key_set_id(*ret, row->kid);
	return OK;
}

/* Every row verifies; the newest active one of the wanted algorithm signs. */
static enum err
load_table(struct opening *o)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	enum key_alg wanted = issuer_algorithm(o->config);
	size_t count;
	enum err e;

	if ((e = signing_key_list(o->store, &o->issuer->arena, rows, &count)))
		return diag_set(
			o->diag, e, "the signing keys cannot be read: %s", store_error(o->store));
	for (size_t i = 0; i < count; i++) {
		struct key *key;

		if (rows[i].expires_ms && rows[i].expires_ms <= o->now_ms)
			continue;
		if ((e = unseal_row(o, &rows[i], &key)))
			return e;
		o->keys[o->count++] = key;
		if (key_algorithm(key) == wanted && str_is(rows[i].state, "active"))
			o->signer = key;
	}
	return OK;
}

static enum err
store_creation(struct store *s, void *arg)
{
	const struct creation *c = arg;
	struct audit_record record = {
		.event = AUDIT_EVENT_KEY_CREATED,
		.actor = AUDIT_SYSTEM,
		.target = str_printf(c->cx.arena, "key:%.*s", STR_ARG(c->row.kid)),
		.detail = c->row.alg,
	};
	enum err e = signing_key_insert(s, &c->row);

	return e ? e : audit_write(s, &c->cx, &record);
}

static enum err
seal_key(struct opening *o, const struct key *key, struct str *ret)
{
	struct secret private = {0};
	enum err e;

	if ((e = key_export(key, &private)))
		return e;
	e = seal(&o->issuer->arena, &o->sealing_key, key_id(key),
		(struct str){(char *)private.p, private.n}, ret);
	secret_free(&private);
	return e;
}

static enum err
create_key(struct opening *o, enum key_alg alg, const struct key **ret)
{
	struct creation c = {
		.cx = {.arena = &o->issuer->arena, .now_ms = o->now_ms},
		.row =
			{
				.alg = str_of(key_alg_name(alg)),
				.state = STR("active"),
				.created_ms = o->now_ms,
			},
	};
	struct key *key;
	enum err e;

	if ((e = key_generate(alg, &key)))
		return diag_set(o->diag, e, "a signing key could not be made");
	o->keys[o->count++] = key;
	*ret = key;
	c.row.kid = key_id(key);
	if ((e = seal_key(o, key, &c.row.sealed)) || (e = id_new(o->now_ms, &c.row.id)) ||
		(e = store_transaction(o->store, store_creation, &c)))
		return diag_set(o->diag, e, "the new signing key could not be stored: %s",
			store_error(o->store));
	return OK;
}

/* ---- the configuration ---- */

static enum err
read_file(struct opening *o, const char *path, struct str *ret)
{
	FILE *file = fopen(path, "re");
	char *text = arena_alloc(&o->issuer->arena, PEM_MAX);
	size_t n;

	if (!file)
		return diag_set(o->diag, ERR_CONFIG, "%s: %s", path, strerror(errno));
	n = fread(text, 1, PEM_MAX, file);
	(void)fclose(file);
	*ret = (struct str){text, n};
	return OK;
}

static enum err
load_pem(struct opening *o)
{
	struct str pem = o->config->jwt_private_key_pem;
	const char *path = str_c(&o->issuer->arena, o->config->jwt_private_key_path);
	struct diag why = {""};
	struct key *key;
	enum err e;

	if (!pem.n && (e = read_file(o, path, &pem)))
		return e;
	e = key_from_pem(issuer_algorithm(o->config), pem, &key, &why);
	if (e)
		return diag_set(
			o->diag, e, "%s: %s", *path ? path : "JWT_PRIVATE_KEY_PEM", why.text);
	if (o->config->jwt_key_id.n)
		key_set_id(key, o->config->jwt_key_id);
	o->keys[o->count++] = key;
	o->signer = key;
	return OK;
}

static enum err
load_secret(struct opening *o)
{
	struct secret secret = {0};
	struct key *key;
	enum err e;

	secret_set(&secret, o->config->jwt_secret.p, o->config->jwt_secret.n);
	e = key_from_secret(&secret, &key);
	secret_free(&secret);
	if (e)
		return diag_set(o->diag, e, "JWT_SECRET has to be at least 32 bytes");
	if (o->config->jwt_key_id.n)
		key_set_id(key, o->config->jwt_key_id);
	o->keys[o->count++] = key;
	o->signer = key;
	return OK;
}

/* A key of the configuration goes before those of the table. */
static enum err
choose_signer(struct opening *o)
{
	const struct config *config = o->config;

	if (issuer_algorithm(config) == KEY_HS256 && config->jwt_secret.n)
		return load_secret(o);
	if (config->jwt_private_key_pem.n || config->jwt_private_key_path.n)
		return load_pem(o);
	return o->signer ? OK : create_key(o, issuer_algorithm(config), &o->signer);
}

/* OpenID Connect Core section 15.1: RS256 for ID tokens is always there. */
static enum err
ensure_rs256(struct opening *o)
{
	const struct key *made;

	for (size_t i = 0; i < o->count; i++)
		if (key_algorithm(o->keys[i]) == KEY_RS256)
			return OK;
	return create_key(o, KEY_RS256, &made);
}

/* ---- the issuer ---- */

static enum err
publish(struct opening *o)
{
	struct buf jwks;

	buf_init(&jwks, &o->issuer->arena, JWKS_MAX);
	json_open(&jwks, '{');
	json_key(&jwks, "keys");
	json_open(&jwks, '[');
	for (size_t i = 0; i < o->count; i++)
		(void)key_write_jwk(o->keys[i], &jwks);
	json_close(&jwks, ']');
	json_close(&jwks, '}');
	o->issuer->jwks = buf_str(&jwks);
	return buf_ok(&jwks) ? OK : diag_set(o->diag, ERR_CRYPTO, "the keys cannot be published");
}

enum err
issuer_id_token_key(const struct issuer *issuer, struct str alg, const struct key **ret)
{
	enum key_alg wanted = key_algorithm(issuer->signer) == KEY_ES256 ? KEY_ES256 : KEY_RS256;

	if (alg.n && (key_alg_parse(alg, &wanted) || wanted == KEY_HS256 || wanted == KEY_EDDSA))
		return ERR_INVALID_REQUEST;
	if (key_algorithm(issuer->signer) == wanted) {
		*ret = issuer->signer;
		return OK;
	}
	for (size_t i = issuer->keys.count; i-- > 0;) {
		if (key_algorithm(issuer->keys.keys[i]) == wanted) {
			*ret = issuer->keys.keys[i];
			return OK;
		}
	}
	return ERR_UNAVAILABLE;
}

/* A member of a verified payload, copied before the document goes. */
static void
copy_member(struct arena *arena, const struct json *claims, const char *name, struct str *ret)
{
	if (ret)
		*ret = str_copy(arena, json_get_str(claims, name));
}

enum err
issuer_read_own_id_token(const struct context *cx, struct str token, struct str *ret_subject,
	struct str *ret_client, struct str *ret_session)
{
	struct json *claims;
	struct str payload;
	enum err e;

	if ((e = jws_verify(cx->arena, &cx->issuer->keys, "JWT", token, &payload)))
		return e;
	if (json_parse(payload, ID_TOKEN_MAX, &claims, NULL))
		return ERR_INVALID_TOKEN;
	if (!str_eq(json_get_str(claims, "iss"), cx->issuer->url)) {
		json_free(claims);
		return ERR_INVALID_TOKEN;
	}
	copy_member(cx->arena, claims, "sub", ret_subject);
	copy_member(cx->arena, claims, "aud", ret_client);
	copy_member(cx->arena, claims, "sid", ret_session);
	json_free(claims);
	return OK;
}

static void
fill(struct opening *o)
{
	struct key **keys = arena_array(&o->issuer->arena, struct key *, o->count);

	memcpy(keys, o->keys, o->count * sizeof *keys);
	o->issuer->keys = (struct keyset){keys, o->count};
	o->issuer->signer = o->signer;
	o->issuer->url = str_copy(&o->issuer->arena, o->config->base_url);
}

void
issuer_free(struct issuer *issuer)
{
	if (!issuer)
		return;
	for (size_t i = 0; i < issuer->keys.count; i++)
		key_free(issuer->keys.keys[i]);
	arena_free(&issuer->arena);
	free(issuer);
}

enum err
issuer_open(const struct config *config, struct store *store, int64_t now_ms, struct issuer **ret,
	struct diag *diag)
{
	struct opening o = {
		.issuer = xcalloc(1, sizeof *o.issuer),
		.config = config,
		.store = store,
		.now_ms = now_ms,
		.diag = diag,
	};
	struct secret from = {0};
	enum err e;

	secret_set(&from, config->session_secret.p, config->session_secret.n);
	derive_key(&from, "authgate signing-key seal", &o.sealing_key);
	secret_free(&from);
	if (!(e = load_table(&o)) && !(e = choose_signer(&o)) && !(e = ensure_rs256(&o)))
		e = publish(&o);
	fill(&o);
	secret_free(&o.sealing_key);
	if (e) {
		issuer_free(o.issuer);
		return e;
	}
	*ret = o.issuer;
	return OK;
}
