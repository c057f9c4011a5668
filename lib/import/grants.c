/* What people allowed clients: consents, and refresh tokens that are alive. */
#include "lib/import/importing.h"

#include "lib/base/clock.h"
#include "lib/crypto/random.h"
#include "lib/oauth/client.h"
#include "lib/oauth/scope.h"
#include "lib/store/consent.h"
#include "lib/store/go_source.h"
#include "lib/store/token.h"

/* ---- consents ---- */

static enum err
import_consent(struct importing *im, const struct go_consent *g)
{
	struct consent consent = {.granted_ms = importing_time(g->granted_at)};
	struct id ids[2];
	enum err e;

	if (!g->is_active) {
		importing_note(im, REASON_CONSENT_REVOKED, g->uuid);
		return OK;
	}
	e = importing_find(im, g->user_id, g->client_id, ids);
	if (e == ERR_NO_ROW)
		importing_note(im, REASON_CONSENT_ORPHANED, g->uuid);
	if (e)
		return e == ERR_NO_ROW ? OK : e;
	if (importing_scopes(im, g->scopes, &consent.scope)) {
		importing_note(im, REASON_CONSENT_SCOPES, g->uuid);
		return OK;
	}
	consent.user_id = ids[0];
	consent.client_id = ids[1];
	if ((e = consent_put(im->cx.store, &consent)))
		return e;
	im->report->tables[FROM_GO_CONSENTS].imported++;
	return OK;
}

static enum err
take_consent(const void *item, void *context)
{
	struct importing *im = context;
	enum err e = import_consent(im, item);

	importing_found(im, FROM_GO_CONSENTS);
	arena_reset(&im->arena);
	return e ? importing_failed(im, e, "consents") : OK;
}

/* ---- scopes of living tokens ---- */

/* The original gives a device whatever it asks for, registered or not.  Here a token is worth
 * what its client may ask for. */
static enum err
compare_scopes(struct importing *im, const struct go_living_scope *g)
{
	struct client client;
	struct str carried, lacking = STR_NONE;
	struct id id;
	enum err e;

	if (id_parse(g->client_id, &id) || importing_scopes(im, g->scopes, &carried) ||
		importing_time(g->expires_at) <= im->cx.now_ms)
		return OK;
	if ((e = client_by_id(im->cx.store, &im->arena, id, &client)))
		return e == ERR_NO_ROW ? OK : e;
	STR_EACH (word, carried)
		if (!scope_has(client.scopes, word))
			lacking = scope_union(&im->arena, lacking, word);
	if (!lacking.n)
		return OK;
	importing_note_why(im, im->add_scopes ? REASON_CLIENT_SCOPES_ADDED : REASON_CLIENT_SCOPES,
		g->client_id, lacking);
	if (!im->add_scopes)
		return OK;
	client.scopes = scope_union(&im->arena, client.scopes, lacking);
	return client_update(im->cx.store, &client, client.updated_ms);
}

static enum err
take_scopes(const void *item, void *context)
{
	struct importing *im = context;
	enum err e = compare_scopes(im, item);

	arena_reset(&im->arena);
	return e ? importing_failed(im, e, "clients") : OK;
}

/* ---- refresh tokens ---- */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_digest(struct str hex, struct digest *ret)
{
	if (hex.n != 2 * (size_t)DIGEST_SIZE)
		return false;
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = hex_value(hex.p[2 * i]), low = hex_value(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* One family each: which of them belong together matters only to those that are
 * revoked, and those stay behind. */
static enum err
insert_token(struct importing *im, const struct go_refresh_token *g, struct refresh_token *t,
	struct family *f)
{
	int64_t family_ttl_ms = im->cx.config->refresh_family_ttl_s * MS_PER_S;
	enum err e;

	t->issued_ms = importing_time(g->created_at);
	if (!t->issued_ms || t->issued_ms > im->cx.now_ms)
		t->issued_ms = im->cx.now_ms;
	f->kind = g->from_code ? STR("code") : STR("device");
	f->created_ms = t->issued_ms;
	f->expires_ms = im->cx.now_ms + family_ttl_ms;
	t->expires_ms = t->expires_ms < f->expires_ms ? t->expires_ms : f->expires_ms;
	t->is_imported = true;
	f->scope = t->scope;
	if ((e = id_new(f->created_ms, &f->id)) || (e = id_new(t->issued_ms, &t->id)))
		return e;
	t->family_id = f->id;
	if ((e = family_insert(im->cx.store, f)) || (e = refresh_token_insert(im->cx.store, t)))
		return e;
	im->report->tables[FROM_GO_REFRESH_TOKENS].imported++;
	return OK;
}

/* Why it stays behind; REASON_COUNT if it need not. */
static enum reason
reason_against(struct importing *im, const struct go_refresh_token *g, struct refresh_token *t)
{
	t->expires_ms = importing_time(g->expires_at);
	if (!str_is(g->status, "active"))
		return REASON_TOKEN_REVOKED;
	if (t->expires_ms <= im->cx.now_ms)
		return REASON_TOKEN_EXPIRED;
	if (!read_digest(g->hash, &t->digest))
		return REASON_TOKEN_DAMAGED;
	if (importing_scopes(im, g->scopes, &t->scope))
		return REASON_TOKEN_SCOPES;
	return REASON_COUNT;
}

static enum err
import_token(struct importing *im, const struct go_refresh_token *g)
{
	struct refresh_token t = {.used_ms = 0};
	struct family f = {.kind = STR_NONE};
	enum reason reason = reason_against(im, g, &t);
	struct client client;
	struct id ids[2];
	enum err e;

	if (reason != REASON_COUNT) {
		importing_note(im, reason, g->id);
		return OK;
	}
	e = importing_find(im, g->user_id, g->client_id, ids);
	if (e == ERR_NO_ROW)
		importing_note(im, REASON_TOKEN_ORPHANED, g->id);
	if (e)
		return e == ERR_NO_ROW ? OK : e;
	if ((e = client_by_id(im->cx.store, &im->arena, ids[1], &client)))
		return e;
	if (!client_may_use(&client, "refresh_token")) {
		importing_note(im, REASON_TOKEN_CLIENT, g->id);
		return OK;
	}
	f.user_id = ids[0];
	f.client_id = ids[1];
	return insert_token(im, g, &t, &f);
}

static enum err
take_token(const void *item, void *context)
{
	struct importing *im = context;
	enum err e = import_token(im, item);

	importing_found(im, FROM_GO_REFRESH_TOKENS);
	arena_reset(&im->arena);
	return e ? importing_failed(im, e, "refresh_tokens") : OK;
}

enum err
importing_grants(struct importing *im)
{
	enum err e;

	if ((e = go_each(im->from, GO_CONSENTS, take_consent, im)) ||
		(e = go_each(im->from, GO_LIVING_SCOPES, take_scopes, im)))
		return e;
	return go_each(im->from, GO_REFRESH_TOKENS, take_token, im);
}
