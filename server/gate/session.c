/* From cookie to session, and back. */
#include "server/gate/session.h"

#include "lib/account/sessions.h"
#include "lib/base/clock.h"
#include "lib/config/config.h"
#include "lib/crypto/credential.h"
#include "server/reply.h"
#include "server/server.h"

enum { TOUCH_EVERY_MS = 60 * MS_PER_S };

static const char *
cookie_name(const struct exchange *x)
{
	return x->server->https ? "__Host-authgate" : "authgate_session";
}

static enum err
find_live(struct exchange *x, struct session *session, struct user *user)
{
	struct credential cookie;
	enum err e;

	if (credential_parse(request_cookie(&x->request, cookie_name(x)), &cookie))
		return ERR_NO_ROW;
	if ((e = session_by_id(x->cx.store, x->cx.arena, cookie.id, session)))
		return e;
	if (!digest_eq(cookie.digest, session->digest) || !sessions_is_live(&x->cx, session))
		return ERR_NO_ROW;
	if ((e = user_by_id(x->cx.store, x->cx.arena, session->user_id, user)))
		return e;
	return user->disabled_ms ? ERR_NO_ROW : OK;
}

enum err
session_load(struct exchange *x)
{
	enum err e = find_live(x, &x->session, &x->user);

	x->has_session = e == OK;
	return e == ERR_NO_ROW ? OK : e;
}

void
session_touch_if_due(struct exchange *x)
{
	struct session *touched;

	if (!x->has_session || x->change || x->cx.now_ms - x->session.seen_ms < TOUCH_EVERY_MS)
		return;
	touched = arena_new(x->cx.arena, struct session);
	*touched = x->session;
	touched->seen_ms = x->cx.now_ms;
	(void)!exchange_commit(x, sessions_touch, touched);
}

static void
set_cookie(struct exchange *x, struct str text, int64_t max_age_s)
{
	reply_header(x, "set-cookie",
		str_printf(x->cx.arena, "%s=%.*s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
			cookie_name(x), STR_ARG(text), (long long)max_age_s,
			x->server->https ? "; Secure" : ""));
}

enum err
session_start(struct exchange *x, struct id user, struct session *ret)
{
	int64_t max_age_s = x->cx.config->session_max_age_s;
	struct credential credential;
	struct str text;
	enum err e;

	if ((e = credential_new(x->cx.arena, x->cx.now_ms, &credential, &text)))
		return e;
	*ret = (struct session){
		.id = credential.id,
		.digest = credential.digest,
		.user_id = user,
		.ip = x->cx.ip,
		.user_agent = x->cx.user_agent,
		.created_ms = x->cx.now_ms,
		.seen_ms = x->cx.now_ms,
		.expires_ms = x->cx.now_ms + max_age_s * MS_PER_S,
	};
	set_cookie(x, text, max_age_s);
	return OK;
}

enum err
session_renew_cookie(struct exchange *x, struct session *ret)
{
	int64_t max_age_s = x->cx.config->session_max_age_s;
	struct credential credential;
	struct str text;
	enum err e;

	if ((e = credential_renew(x->cx.arena, x->session.id, &credential, &text)))
		return e;
	*ret = x->session;
	ret->digest = credential.digest;
	ret->created_ms = x->cx.now_ms;
	ret->auth_ms = x->cx.now_ms;
	ret->amr = STR(AMR_PASSWORD);
	ret->seen_ms = x->cx.now_ms;
	ret->expires_ms = x->cx.now_ms + max_age_s * MS_PER_S;
	set_cookie(x, text, max_age_s);
	return OK;
}

void
session_end(struct exchange *x)
{
	set_cookie(x, STR_NONE, 0);
}
