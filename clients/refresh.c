/* Refreshes a stored sign-in, once. */
#include "clients/refresh.h"

#include "clients/id_token.h"
#include "lib/base/clock.h"
#include "lib/base/form.h"

/* Others wait for this one, at most TOKEN_LOCK_WAIT_MS. */
enum { REFRESH_TIMEOUT_MS = 15000, PATIENCE_S = 20 };

struct refresh {
	struct arena *arena;
	const struct tokenstore *store;
	int64_t min_ttl_s;
	int cancel_fd;
	struct diag *diag;
};

static bool
is_enough(const struct refresh *r, const struct stored_token *token)
{
	return client_stored_token_is_fresh(token, clock_now_ms() / MS_PER_S, r->min_ttl_s);
}

static enum err
ask(const struct refresh *r, const struct stored_token *token, struct token_reply *ret)
{
	const struct client_identity client = client_stored_token_identity(token);
	struct discovery server;
	struct id_token_check check = {
		.server = &server,
		.client_id = token->client_id,
		.cancel_fd = r->cancel_fd,
	};
	struct buf form;
	const struct token_call call = {
		.server = &server,
		.client = &client,
		.form = &form,
		.timeout_ms = REFRESH_TIMEOUT_MS,
		.patience_s = PATIENCE_S,
		.cancel_fd = r->cancel_fd,
	};
	enum err e;

	if ((e = client_discovery_fetch(
		     r->arena, token->issuer, token->ca_file, r->cancel_fd, &server, r->diag)))
		return e;
	client_token_form(&form, r->arena, &client, "refresh_token");
	form_add(&form, "refresh_token", token->refresh_token);
	if ((e = client_token_request(r->arena, r->arena, &call, ret, r->diag)))
		return e;
	return client_id_token_check(r->arena, &check, ret, r->diag);
}

/* What the answer leaves out stays as it was. */
static struct stored_token
merge(const struct stored_token *before, const struct token_reply *reply)
{
	int64_t now_s = clock_now_ms() / MS_PER_S;
	struct stored_token after = *before;

	after.access_token = reply->access_token;
	after.token_type = reply->token_type;
	if (!str_empty(reply->refresh_token))
		after.refresh_token = reply->refresh_token;
	if (!str_empty(reply->id_token))
		after.id_token = reply->id_token;
	if (!str_empty(reply->scope))
		after.scope = reply->scope;
	after.obtained_at = now_s;
	after.expires_at = now_s + reply->expires_in_s;
	return after;
}

/* Somebody who does not wait for us, a new sign-in, may have replaced the file
 * meanwhile: then the refusal was about a token nobody needs any more. */
static enum err
look_again(const struct refresh *r, const struct stored_token *used, struct stored_token *ret)
{
	struct stored_token now;

	if (!client_tokenstore_read(r->arena, r->store, used, &now, NULL) &&
		!str_eq(now.refresh_token, used->refresh_token) && is_enough(r, &now)) {
		*ret = now;
		return OK;
	}
	return diag_set(r->diag, ERR_LOGIN_REQUIRED,
		"the server has ended the sign-in; run: authgate login");
}

/* The server has ended what the file says: what cannot be kept is handed out, and the
 * caller told that it is all there is. */
static enum err
keep(const struct refresh *r, struct token_room *room, struct stored_token *after)
{
	const char *path;

	after->unkept =
		client_tokenstore_save(r->arena, r->store, room, after, &path, r->diag) != OK;
	if (!is_enough(r, after))
		return diag_set(r->diag, ERR_LOGIN_REQUIRED,
			"the server gives out no token that lives that long");
	return OK;
}

static enum err
refresh_into(const struct refresh *r, struct token_room *room, const struct stored_token *now,
	struct stored_token *ret)
{
	struct stored_token after;
	struct token_reply reply;
	enum err e;

	if ((e = ask(r, now, &reply)) == ERR_INVALID_GRANT)
		return look_again(r, now, ret);
	if (e)
		return e;
	after = merge(now, &reply);
	if (!(e = keep(r, room, &after)))
		*ret = after;
	return e;
}

/* While the file is held. */
static enum err
refresh_held(const struct refresh *r, const struct stored_token *now, struct stored_token *ret)
{
	struct token_room room;
	enum err e;

	if (is_enough(r, now)) {
		*ret = *now;
		return OK;
	}
	if (str_empty(now->refresh_token))
		return diag_set(r->diag, ERR_LOGIN_REQUIRED,
			"the sign-in has ended and cannot be refreshed; run: authgate login");
	/* A rotated token that is lost looks like a stolen one. */
	if ((e = client_tokenstore_prepare(r->arena, r->store, now, &room, r->diag)))
		return e;
	e = refresh_into(r, &room, now, ret);
	client_tokenstore_release(r->store, &room);
	return e;
}

enum err
client_refresh(struct arena *arena, const struct tokenstore *store,
	const struct stored_token *token, int64_t min_ttl_s, int cancel_fd,
	struct stored_token *ret, struct diag *diag)
{
	const struct refresh r = {arena, store, min_ttl_s, cancel_fd, diag};
	struct stored_token now;
	int fd;
	enum err e;

	if (is_enough(&r, token)) {
		*ret = *token;
		return OK;
	}
	e = client_tokenstore_lock(arena, store, token, cancel_fd, &fd, &now, diag);
	if (e)
		return e == ERR_NO_ROW ? ERR_LOGIN_REQUIRED : e;
	now.ca_file = token->ca_file;
	e = refresh_held(&r, &now, ret);
	client_tokenstore_unlock(fd);
	return e;
}
