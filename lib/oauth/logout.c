/* Signing out, and telling clients. */
#include "lib/oauth/logout.h"

#include "lib/account/sessions.h"
#include "lib/audit/audit.h"
#include "lib/base/holds.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/redirect.h"
#include "lib/store/logout_notice.h"

enum {
	STATE_MAX = 8192,
	RETURN_URI_MAX = 16 * 1024,
};

/* ---- a client's wish ---- */

static enum err
find_client(
	struct context *cx, const struct form *form, struct client *ret, struct str *ret_session)
{
	struct str named = form_get(form, "client_id");
	struct str hint = form_get(form, "id_token_hint");
	struct str hinted = STR_NONE;
	struct id id;
	enum err e;

	if (hint.n && issuer_read_own_id_token(cx, hint, NULL, &hinted, ret_session))
		return ERR_APP_TOKEN_FOREIGN;
	if (hinted.n && named.n && !str_eq(hinted, named))
		return ERR_APP_TOKEN_OF_OTHER;
	if (id_parse(hinted.n ? hinted : named, &id))
		return ERR_NO_ROW;
	if ((e = client_core_by_id(cx->store, cx->arena, id, ret)))
		return e;
	return str_is(ret->status, "active") ? OK : ERR_NO_ROW;
}

static enum err
read_return_uri(
	struct context *cx, const struct form *form, const struct client *client, struct str *ret)
{
	struct str uri = form_get(form, "post_logout_redirect_uri");
	struct str state = form_get(form, "state");
	bool native = str_is(client->application_type, "native");
	struct buf full;

	if (!uri.n)
		return OK;
	if (!redirect_is_registered(uri, client->post_logout_redirect_uris, native))
		return ERR_APP_REDIRECT_UNKNOWN;
	if (state.n > STATE_MAX)
		return ERR_APP_SENT_TOO_MUCH;
	buf_init(&full, cx->arena, RETURN_URI_MAX * 4);
	buf_add(&full, uri);
	if (state.n) {
		buf_add_char(&full, str_has_char(uri, '?') ? '&' : '?');
		buf_add_c(&full, "state=");
		percent_encode(&full, state);
	}
	*ret = buf_str(&full);
	return OK;
}

enum err
logout_read(struct context *cx, const struct form *form, struct logout_request *ret)
{
	struct logout_request request = {0};
	struct client client;
	enum err e;

	e = find_client(cx, form, &client, &request.session);
	if (e == ERR_NO_ROW) {
		if (form_get(form, "post_logout_redirect_uri").n)
			return ERR_APP_UNNAMED;
		*ret = request;
		return OK;
	}
	if (e || (e = read_return_uri(cx, form, &client, &request.return_uri)))
		return e;
	request.client_name = client.name;
	request.is_proven = form_get(form, "id_token_hint").n > 0;
	*ret = request;
	return OK;
}

/* ---- the end of a session ---- */

enum err
logout_store(struct store *s, void *arg)
{
	const struct sign_out *out = arg;
	struct str actor = audit_actor_user(out->cx->arena, out->username);
	struct audit_record record = {.event = AUDIT_EVENT_LOGOUT, .actor = actor, .target = actor};
	enum err e;

	HOLDS(!id_is_zero(out->session_id));
	HOLDS(!id_is_zero(out->user_id));
	/* Gone already: signed out by two tabs, or from another browser. */
	e = sessions_end(s, out->cx, out->user_id, out->session_id);
	if (e && e != ERR_NO_ROW)
		return e;
	return audit_write(s, out->cx, &record);
}
