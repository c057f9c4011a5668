/* Loads, seals and publishes the signing keys. */
#include "lib/oauth/issuer.h"

#include "lib/audit/context.h"
#include "lib/base/json.h"
#include "lib/oauth/keys.h"

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
	struct key *keys[KEYS_MAX];
	size_t count;
};

enum key_alg
issuer_algorithm(const struct config *config)
{
	enum key_alg alg;

	if (!key_alg_parse(config->jwt_algorithm, &alg))
		return alg;
	return config->jwt_secret.n ? KEY_HS256 : KEY_ES256;
}

struct digest
issuer_version(const struct signing_key *rows, size_t count)
{
	struct arena arena = {0};
	struct digest version;
	struct buf text;

	buf_init(&text, &arena, PEM_MAX);
	for (size_t i = 0; i < count; i++) {
		buf_add(&text, rows[i].kid);
		buf_add_char(&text, ' ');
		buf_add(&text, rows[i].state);
		buf_add_char(&text, ' ');
		buf_add(&text, rows[i].sealed);
		buf_add_char(&text, '\n');
	}
	version = sha256(buf_str(&text));
	arena_free(&arena);
	return version;
}

static void
add_signer(struct opening *o, struct key *key)
{
	o->keys[o->count++] = key;
	o->issuer->active[key_algorithm(key)] = key;
}

/* ---- the table ---- */

/* Every row verifies; the newest active one of an algorithm signs. */
static enum err
load_table(struct opening *o)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	size_t count;
	enum err e;

	if ((e = signing_key_list(o->store, &o->issuer->arena, rows, &count)))
		return diag_set(
			o->diag, e, "the signing keys cannot be read: %s", store_error(o->store));
	o->issuer->version = issuer_version(rows, count);
	o->issuer->waits_for_reseal =
		keys_wait_for_reseal(&o->issuer->arena, o->config, rows, count);
	for (size_t i = 0; i < count; i++) {
		struct key *key;

		if (rows[i].expires_ms && rows[i].expires_ms <= o->now_ms)
			continue;
		if ((e = keys_open(&o->issuer->arena, o->config, &rows[i], &key, o->diag)))
			return e;
		o->keys[o->count++] = key;
		if (str_is(rows[i].state, "active"))
			o->issuer->active[key_algorithm(key)] = key;
	}
	return OK;
}

/* The key that another node has made since the table was loaded. */
static enum err
load_key(struct opening *o, enum key_alg alg)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	struct key *key;
	size_t count;
	enum err e;

	if ((e = signing_key_list(o->store, &o->issuer->arena, rows, &count)))
		return e;
	for (size_t i = count; i-- > 0;) {
		if (!str_is(rows[i].alg, key_alg_name(alg)) || !str_is(rows[i].state, "active"))
			continue;
		if ((e = keys_open(&o->issuer->arena, o->config, &rows[i], &key, o->diag)))
			return e;
		add_signer(o, key);
		return OK;
	}
	return ERR_RACE;
}

static enum err
create_key(struct opening *o, enum key_alg alg)
{
	struct context cx = {.arena = &o->issuer->arena, .config = o->config, .now_ms = o->now_ms};
	struct key_change change;
	struct key *key;
	enum err e;

	if (!(e = keys_prepare(&cx, alg, KEY_STEP_FIRST, &change)))
		e = store_transaction(o->store, keys_store, &change);
	if (e == ERR_RACE)
		return load_key(o, alg);
	if (e)
		return diag_set(o->diag, e, "a signing key could not be made and stored: %s",
			store_error(o->store));
	if ((e = keys_open(cx.arena, o->config, &change.row, &key, o->diag)))
		return e;
	add_signer(o, key);
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
	add_signer(o, key);
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
	add_signer(o, key);
	return OK;
}

static enum err
ensure_active(struct opening *o, enum key_alg alg)
{
	return o->issuer->active[alg] ? OK : create_key(o, alg);
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
	return ensure_active(o, issuer_algorithm(config));
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

bool
issuer_is_complete(const struct issuer *issuer)
{
	return issuer->active[KEY_RS256];
}

enum err
issuer_id_token_key(const struct issuer *issuer, struct str alg, const struct key **ret)
{
	enum key_alg wanted = key_algorithm(issuer->signer) == KEY_ES256 ? KEY_ES256 : KEY_RS256;

	if (alg.n && (key_alg_parse(alg, &wanted) || wanted == KEY_HS256 || wanted == KEY_EDDSA))
		return ERR_INVALID_REQUEST;
	*ret = issuer->active[wanted];
	return *ret ? OK : ERR_UNAVAILABLE;
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
	/* An access token may have the same typ; an ID token has no client_id. */
	if (!str_eq(json_get_str(claims, "iss"), cx->issuer->url) ||
		json_has(claims, "client_id")) {
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
	o->issuer->signer = o->issuer->active[issuer_algorithm(o->config)];
	o->issuer->url = str_copy(&o->issuer->arena, o->config->base_url);
}

void
issuer_free(struct issuer *issuer)
{
	if (!issuer)
		return;
	issuer_free(issuer->previous);
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
	enum err e;

	if (!(e = load_table(&o)) && !(e = choose_signer(&o)))
		e = publish(&o);
	fill(&o);
	if (e) {
		issuer_free(o.issuer);
		return e;
	}
	*ret = o.issuer;
	return OK;
}
