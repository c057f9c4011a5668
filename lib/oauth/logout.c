/* Signing out, and telling clients. */
#include "lib/oauth/logout.h"

#include "lib/account/sessions.h"
#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/crypto/random.h"
#include "lib/http/fetch.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/redirect.h"
#include "lib/store/logout_notice.h"

enum {
	LOGOUT_TOKEN_MAX = 8192,
	LOGOUT_TOKEN_TTL_S = 120,
	STATE_MAX = 8192,
	RETURN_URI_MAX = 16 * 1024,
	SEND_TIMEOUT_MS = 5000,
	/* After half a minute, one, two, four ... minutes; then it is pointless. */
	ATTEMPTS_MAX = 6,
	FIRST_PAUSE_MS = 30 * MS_PER_S,
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
	if ((e = client_by_id(cx->store, cx->arena, id, ret)))
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

	/* Gone already: signed out by two tabs, or from another browser. */
	e = sessions_end(s, out->cx, out->user_id, out->session_id);
	if (e && e != ERR_NO_ROW)
		return e;
	return audit_write(s, out->cx, &record);
}

/* ---- telling clients ---- */

struct sent {
	struct logout_notice notice;
	bool done;
	int64_t due_ms;
};

/* Back-Channel Logout section 2.4. */
static enum err
make_logout_token(const struct context *cx, const struct logout_notice *n, struct str *ret)
{
	const struct key *key;
	struct buf claims, token;
	struct id jti;
	enum err e;

	if ((e = issuer_id_token_key(cx->issuer, n->id_token_alg, &key)) ||
		(e = id_new(cx->now_ms, &jti)))
		return e;
	buf_init(&claims, cx->arena, LOGOUT_TOKEN_MAX);
	buf_init(&token, cx->arena, LOGOUT_TOKEN_MAX * 2);
	json_open(&claims, '{');
	json_member_str(&claims, "iss", cx->issuer->url);
	json_member_str(&claims, "sub", id_text(cx->arena, n->user_id));
	json_member_str(&claims, "aud", id_text(cx->arena, n->client_id));
	json_member_i64(&claims, "iat", cx->now_ms / MS_PER_S);
	json_member_i64(&claims, "exp", cx->now_ms / MS_PER_S + LOGOUT_TOKEN_TTL_S);
	json_member_str(&claims, "jti", id_text(cx->arena, jti));
	json_member_str(&claims, "sid", id_text(cx->arena, n->session_id));
	json_key(&claims, "events");
	json_open(&claims, '{');
	json_key(&claims, "http://schemas.openid.net/event/backchannel-logout");
	json_open(&claims, '{');
	json_close(&claims, '}');
	json_close(&claims, '}');
	json_close(&claims, '}');
	if ((e = jws_sign(key, "logout+jwt", buf_str(&claims), &token)))
		return e;
	*ret = buf_str(&token);
	return OK;
}

/* Section 2.8: 200 or 204; 400 says that the client will not have it. */
static bool
is_settled(int status)
{
	return status == 200 || status == 204 || status == 400;
}

static enum err
send_notice(const struct context *cx, const struct logout_notice *n, bool *ret_settled)
{
	struct fetch_request request = {.url = n->uri, .timeout_ms = SEND_TIMEOUT_MS};
	struct fetch_reply reply;
	struct str token;
	struct buf form;
	enum err e;

	if ((e = make_logout_token(cx, n, &token)))
		return e;
	buf_init(&form, cx->arena, LOGOUT_TOKEN_MAX * 4);
	form_add(&form, "logout_token", token);
	request.form = buf_str(&form);
	*ret_settled = !fetch(cx->arena, &request, &reply, NULL) && is_settled(reply.status);
	return OK;
}

static enum err
store_sent(struct store *s, void *arg)
{
	const struct sent *sent = arg;

	if (sent->done)
		return logout_notice_delete(s, sent->notice.id);
	return logout_notice_postpone(s, sent->notice.id, sent->due_ms);
}

enum err
logout_send_due(const struct context *cx, store_change **ret_change, void **ret_arg)
{
	struct sent *sent = arena_new(cx->arena, struct sent);
	enum err e;

	if ((e = logout_notice_due(cx->store, cx->arena, cx->now_ms, &sent->notice)) ||
		(e = send_notice(cx, &sent->notice, &sent->done)))
		return e;
	if (sent->notice.attempts + 1 >= ATTEMPTS_MAX)
		sent->done = true;
	sent->due_ms = cx->now_ms + (FIRST_PAUSE_MS << sent->notice.attempts);
	*ret_change = store_sent;
	*ret_arg = sent;
	return OK;
}
