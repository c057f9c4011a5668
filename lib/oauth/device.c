/* Device authorization requests: begin, find, decide. */
#include "lib/oauth/device.h"

#include "lib/audit/audit.h"
#include "lib/base/buf.h"
#include "lib/config/config.h"
#include "lib/crypto/credential.h"
#include "lib/crypto/random.h"
#include "lib/oauth/client_scope.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/resource.h"
#include "lib/oauth/scope.h"
#include "lib/store/session.h"

#include <string.h>

/* Without I, L, O, 0 and 1. */
static const char alphabet[] = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
enum { ALPHABET_SIZE = sizeof alphabet - 1, USER_CODE_TRIES = 4, TYPED_MAX = 64 };

struct beginning {
	const struct context *cx;
	struct device_code row;
};

static struct str
device_target(struct arena *arena, struct id id)
{
	return str_printf(arena, "device:%.*s", STR_ARG(id_text(arena, id)));
}

static enum err
random_user_code(struct arena *arena, struct str *ret)
{
	char *code = arena_alloc(arena, USER_CODE_LENGTH + 1);
	enum err e;

	for (size_t i = 0; i < USER_CODE_LENGTH; i++) {
		uint32_t at;

		if ((e = random_below(ALPHABET_SIZE, &at)))
			return e;
		code[i] = alphabet[at];
	}
	*ret = (struct str){code, USER_CODE_LENGTH};
	return OK;
}

static enum err
store_beginning(struct store *s, void *arg)
{
	const struct beginning *b = arg;
	struct audit_record record = {
		.event = AUDIT_EVENT_DEVICE_CODE_ISSUED,
		.actor = audit_actor_client(b->cx->arena, b->row.client_id),
		.target = device_target(b->cx->arena, b->row.id),
		.detail = b->row.scope,
	};
	enum err e;

	/* The user code was taken in this very moment: another try finds another. */
	if ((e = device_code_insert(s, &b->row)))
		return e == ERR_ROW_EXISTS ? ERR_RACE : e;
	return audit_write(s, b->cx, &record);
}

/* A code that nobody holds now; the unique index has the last word. */
static enum err
free_user_code(const struct context *cx, struct str *ret)
{
	struct device_code taken;
	enum err e;

	for (int i = 0; i < USER_CODE_TRIES; i++) {
		if ((e = random_user_code(cx->arena, ret)))
			return e;
		e = device_code_by_user_code(cx->store, cx->arena, *ret, &taken);
		if (e)
			return e == ERR_NO_ROW ? OK : e;
	}
	return ERR_BUSY;
}

static enum err
fill_row(struct context *cx, const struct client *client, const struct form *form,
	struct device_code *row, struct str *ret_text)
{
	struct credential credential;
	enum err e;

	if ((e = credential_new(cx->arena, cx->now_ms, &credential, ret_text)))
		return e;
	*row = (struct device_code){
		.id = credential.id,
		.digest = credential.digest,
		.client_id = client->id,
		.client_epoch_ms = client->epoch_ms,
		.state = STR("pending"),
		.interval_s = cx->config->device_interval_s,
		.ip = cx->ip,
		.user_agent = cx->user_agent,
		.created_ms = cx->now_ms,
		.expires_ms = cx->now_ms + cx->config->device_code_ttl_s * 1000,
	};
	/* A code read out over the telephone must not hand over the server. */
	if ((e = resource_read(cx, form, &row->resource)) ||
		(e = client_scope_for_person(cx, client, form_get(form, "scope"),
			 scope_without(cx->arena, client->scopes, SCOPE_ADMIN), &row->scope)))
		return e;
	return free_user_code(cx, &row->user_code);
}

enum err
device_begin(struct context *cx, const struct client *client, const struct form *form,
	struct device_request *ret)
{
	struct beginning *b = arena_new(cx->arena, struct beginning);
	struct device_request request = {
		.expires_in_s = cx->config->device_code_ttl_s,
		.interval_s = cx->config->device_interval_s,
		.change = store_beginning,
		.change_arg = b,
	};
	enum err e;

	b->cx = cx;
	if ((e = fill_row(cx, client, form, &b->row, &request.device_code)))
		return e;
	request.user_code = user_code_shown(cx->arena, b->row.user_code);
	request.verification_uri = str_printf(cx->arena, "%.*s/device", STR_ARG(cx->issuer->url));
	request.verification_uri_complete = str_printf(cx->arena, "%.*s?user_code=%.*s",
		STR_ARG(request.verification_uri), STR_ARG(request.user_code));
	*ret = request;
	return OK;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

enum err
user_code_canonical(struct arena *arena, struct str typed, struct str *ret)
{
	char *code = arena_alloc(arena, USER_CODE_LENGTH + 1);
	size_t n = 0;

	if (typed.n > TYPED_MAX)
		return ERR_MALFORMED;
	for (size_t i = 0; i < typed.n; i++) {
		char c = upper(typed.p[i]);

		if (c == '-' || c == ' ' || c == '\t')
			continue;
		if (!memchr(alphabet, c, ALPHABET_SIZE) || n == USER_CODE_LENGTH)
			return ERR_MALFORMED;
		code[n++] = c;
	}
	if (n != USER_CODE_LENGTH)
		return ERR_MALFORMED;
	*ret = (struct str){code, n};
	return OK;
}

struct str
user_code_shown(struct arena *arena, struct str canonical)
{
	return str_printf(arena, "%.*s-%.*s", STR_ARG(str_first(canonical, 4)),
		STR_ARG(str_from(canonical, 4)));
}

enum err
device_find(const struct context *cx, struct str user_code, struct device_code *ret,
	struct client *ret_client)
{
	struct str canonical;
	struct device_code code;
	enum err e;

	if (user_code_canonical(cx->arena, user_code, &canonical))
		return ERR_NO_ROW;
	if ((e = device_code_by_user_code(cx->store, cx->arena, canonical, &code)))
		return e;
	if (!str_is(code.state, "pending") || code.expires_ms <= cx->now_ms)
		return ERR_NO_ROW;
	if ((e = client_by_id(cx->store, cx->arena, code.client_id, ret_client)))
		return e;
	if (!str_is(ret_client->status, "active") || code.client_epoch_ms < ret_client->epoch_ms)
		return ERR_NO_ROW;
	*ret = code;
	return OK;
}

enum err
device_decide(struct store *s, void *arg)
{
	const struct device_decision *d = arg;
	struct audit_record record = {
		.event = d->approve ? AUDIT_EVENT_DEVICE_CODE_APPROVED
				    : AUDIT_EVENT_DEVICE_CODE_DENIED,
		.actor = audit_actor_user(d->cx->arena, d->user.username),
		.target = device_target(d->cx->arena, d->code.id),
		.detail = d->code.scope,
	};
	enum err e;

	if ((e = session_take_review(s, d->session_id, d->code.id)))
		return e;
	if (d->approve)
		e = device_code_approve(s, d->code.id, d->user.id, d->auth_ms, d->cx->now_ms);
	else
		e = device_code_deny(s, d->code.id, d->user.id, d->cx->now_ms);
	return e ? e : audit_write(s, d->cx, &record);
}
