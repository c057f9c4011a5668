/* Taking access away. */
#include "lib/account/access.h"

#include "lib/account/sessions.h"
#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/base/ipaddr.h"
#include "lib/store/authorization.h"
#include "lib/store/consent.h"
#include "lib/store/disowned_network.h"
#include "lib/store/revocation.h"
#include "lib/store/token.h"

static enum err
note_with(struct store *s, const struct access_change *c, enum audit_event event, const char *kind,
	struct str detail)
{
	struct arena *arena = c->cx->arena;
	struct str self = audit_actor_user(arena, c->user->username);
	struct audit_record record = {
		.event = event,
		.actor = c->cx->actor.n ? c->cx->actor : self,
		.target = self,
		.detail = detail,
	};

	if (kind)
		record.target = str_printf(arena, "%s:%.*s", kind, STR_ARG(id_text(arena, c->id)));
	return audit_write(s, c->cx, &record);
}

static enum err
note(struct store *s, const struct access_change *c, enum audit_event event, const char *kind)
{
	return note_with(s, c, event, kind, STR_NONE);
}

enum err
access_revoke(struct store *s, void *arg)
{
	const struct access_change *c = arg;
	enum err e = sessions_end(s, c->cx, c->user->id, c->id);

	HOLDS(!id_is_zero(c->user->id));
	if (!e)
		return note(s, c, AUDIT_EVENT_SESSION_REVOKED, "session");
	if (e != ERR_NO_ROW)
		return e;
	if ((e = family_revoke_of_user(s, c->id, c->user->id, c->cx->now_ms)))
		return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
	return note(s, c, AUDIT_EVENT_TOKEN_REVOKED, "family");
}

/* RFC 10027: the next whom that device's network asks is warned.  Of what was no device there
 * is nothing to mark. */
static enum err
mark_network(struct store *s, const struct access_change *c, const struct family *f)
{
	struct str network = ipaddr_place(c->cx->arena, f->ip).network;

	if (!str_is(f->kind, "device") || !network.n)
		return OK;
	return disowned_network_mark(
		s, network, c->cx->now_ms, c->cx->now_ms + ACCESS_DISOWNED_TTL_S * MS_PER_S);
}

static struct str
disowned_detail(const struct access_change *c, const struct family *f)
{
	struct arena *arena = c->cx->arena;

	if (!f->kind.n)
		return STR("browser");
	return str_printf(arena, "%.*s client=%.*s from=%.*s", STR_ARG(f->kind),
		STR_ARG(id_text(arena, f->client_id)), STR_ARG(f->ip));
}

/* Whose it is, access_revoke finds out: it fails before anything is marked. */
enum err
access_disown(struct store *s, void *arg)
{
	const struct access_change *c = arg;
	struct family family = {.kind = STR_NONE};
	enum err e = family_by_id(s, c->cx->arena, c->id, &family);

	HOLDS(!id_is_zero(c->user->id));
	if ((e && e != ERR_NO_ROW) ||
		(e = family_revoke_of_session(s, c->id, c->user->id, c->cx->now_ms)) ||
		(e = access_revoke(s, arg)) || (e = mark_network(s, c, &family)))
		return e;
	return note_with(s, c, AUDIT_EVENT_ACCESS_DISOWNED, "access", disowned_detail(c, &family));
}

enum err
access_disable(struct store *s, void *arg)
{
	const struct access_change *c = arg;
	enum err e = family_disable_of_user(s, c->id, c->user->id, c->cx->now_ms);

	HOLDS(!id_is_zero(c->user->id));
	if (e)
		return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
	return note(s, c, AUDIT_EVENT_TOKEN_DISABLED, "family");
}

enum err
access_enable(struct store *s, void *arg)
{
	const struct access_change *c = arg;
	enum err e = family_enable_of_user(s, c->id, c->user->id);

	HOLDS(!id_is_zero(c->user->id));
	if (e)
		return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
	return note(s, c, AUDIT_EVENT_TOKEN_ENABLED, "family");
}

enum err
access_end(struct store *s, const struct access_end *a)
{
	enum err e = sessions_end_others(s, a->cx, a->user, a->kept_session);

	HOLDS(!id_is_zero(a->user));
	HOLDS(a->cx->now_ms > 0);
	if (e || a->keeps_tokens)
		return e;
	if ((e = revocation_of_consents(s, a->user)))
		return e;
	return revocation_of_user(s, a->user, a->cx->now_ms);
}

enum err
access_revoke_all(struct store *s, void *arg)
{
	const struct access_change *c = arg;
	struct access_end end = {.cx = c->cx, .user = c->user->id, .kept_session = c->session_id};
	enum err e = access_end(s, &end);

	HOLDS(!id_is_zero(c->user->id));
	HOLDS(!id_is_zero(c->session_id));
	return e ? e : note(s, c, AUDIT_EVENT_ALL_REVOKED, NULL);
}

/* Codes, families and consent, each forgotten or marked; whether there was any. */
static enum err
take_from_client(struct store *s, const struct access_change *c, bool *ret_had_any)
{
	bool is_living = false;
	int64_t codes = 0;
	enum err e, forgotten;

	if ((e = revocation_of_codes(s, c->user->id, c->id, &codes)))
		return e;
	if ((e = authorization_is_living(s, c->user->id, c->id, &is_living)))
		return e;
	forgotten = consent_delete(s, c->user->id, c->id);
	if (forgotten && forgotten != ERR_NO_ROW)
		return forgotten;
	*ret_had_any = codes || is_living || !forgotten;
	return OK;
}

enum err
access_revoke_client(struct store *s, void *arg)
{
	const struct access_change *c = arg;
	bool had_any = false;
	enum err e;

	HOLDS(!id_is_zero(c->user->id));
	if ((e = take_from_client(s, c, &had_any)))
		return e;
	if (!had_any)
		return ERR_NOT_FOUND;
	if ((e = revocation_of_client(s, c->user->id, c->id, c->cx->now_ms)))
		return e;
	return note(s, c, AUDIT_EVENT_CONSENT_REVOKED, "client");
}
