/* Device authorization requests: begin, find, decide. */
#include "lib/oauth/device.h"

#include "lib/audit/audit.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/config/config.h"
#include "lib/crypto/credential.h"
#include "lib/crypto/random.h"
#include "lib/oauth/client_scope.h"
#include "lib/oauth/device_policy.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/resource.h"
#include "lib/oauth/scope.h"
#include "lib/oauth/user_code.h"
#include "lib/store/session.h"

enum { USER_CODE_TRIES = 4, DIGITS_RANGE = 100 };

static struct str
device_target(struct arena *arena, struct id id)
{
	return str_printf(arena, "device:%.*s", STR_ARG(id_text(arena, id)));
}

static enum err
store_beginning(struct store *s, void *arg)
{
	const struct device_beginning *b = arg;
	int64_t open = 0;
	enum err e;

	HOLDS(str_is(b->row.state, "pending"));
	if (b->open_max && (e = device_code_count_of(s, &b->row, b->open_max, &open)))
		return e;
	if (b->open_max && open >= b->open_max)
		return ERR_TOO_MANY_REQUESTS;
	/* The user code was taken in this very moment: another try finds another. */
	if ((e = device_code_insert(s, &b->row)))
		return e == ERR_ROW_EXISTS ? ERR_RACE : e;
	return b->unrecorded ? OK : audit_write(s, b->cx, &b->record);
}

/* A code that nobody holds now; the unique index has the last word. */
static enum err
free_user_code(const struct context *cx, size_t length, struct str *ret)
{
	struct device_code taken;
	enum err e;

	for (int i = 0; i < USER_CODE_TRIES; i++) {
		if ((e = user_code_new(cx->arena, length, ret)))
			return e;
		e = device_code_by_user_code(cx->store, cx->arena, *ret, &taken);
		if (e)
			return e == ERR_NO_ROW ? OK : e;
	}
	return ERR_BUSY;
}

static enum err
fill_row(struct context *cx, const struct client *client, const struct device_policy *policy,
	const struct device_wish *wish, struct device_code *row, struct str *ret_text)
{
	struct str may = device_policy_scopes(
		cx->arena, policy, scope_without(cx->arena, client->scopes, SCOPE_ADMIN));
	struct ipaddr_place place = ipaddr_place(cx->arena, cx->ip);
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
		.network = place.network,
		.region = place.region,
		.user_agent = cx->user_agent,
		.created_ms = cx->now_ms,
		.expires_ms = cx->now_ms + policy->code_ttl_s * MS_PER_S,
	};
	/* A code read out over the telephone must not hand over the server. */
	if ((e = resource_read(cx, wish->form, &row->resource)) ||
		(e = client_scope_for_person(
			 cx, client, form_get(wish->form, "scope"), may, &row->scope)))
		return e;
	return free_user_code(cx, user_code_length(wish->open), &row->user_code);
}

enum err
device_begin(struct context *cx, const struct client *client, const struct device_wish *wish,
	struct device_request *ret)
{
	struct device_beginning *b = arena_new(cx->arena, struct device_beginning);
	struct device_policy policy;
	struct device_request request = {
		.interval_s = cx->config->device_interval_s,
		.change = store_beginning,
		.beginning = b,
	};
	enum err e;

	if ((e = device_policy_load(cx, client, &policy)) ||
		(e = device_policy_admit(cx, &policy)) ||
		(e = device_policy_typed(cx, &policy, form_get(wish->form, "device_confirmation"),
			 &request.typed_back)) ||
		(e = fill_row(cx, client, &policy, wish, &b->row, &request.device_code)))
		return e;
	b->cx = cx;
	b->open_max = policy.open_max;
	request.expires_in_s = policy.code_ttl_s;
	b->row.typed_back = request.typed_back;
	b->record = (struct audit_record){
		.event = AUDIT_EVENT_DEVICE_CODE_ISSUED,
		.actor = audit_actor_client(cx->arena, b->row.client_id),
		.target = device_target(cx->arena, b->row.id),
		.detail = b->row.scope,
	};
	request.user_code = user_code_shown(cx->arena, b->row.user_code);
	request.verification_uri = str_printf(cx->arena, "%.*s/device", STR_ARG(cx->issuer->url));
	if (policy.gives_complete)
		request.verification_uri_complete = str_printf(cx->arena, "%.*s?user_code=%.*s",
			STR_ARG(request.verification_uri), STR_ARG(request.user_code));
	*ret = request;
	return OK;
}

/* Whether a person may still decide on it. */
static bool
is_open(const struct context *cx, const struct device_code *code, const struct client *client)
{
	return str_is(code->state, "pending") && code->expires_ms > cx->now_ms &&
	       str_is(client->status, "active") && code->client_epoch_ms >= client->epoch_ms;
}

static enum err
look_up(const struct context *cx, struct str user_code, struct device_code *ret,
	struct client *ret_client)
{
	struct str canonical;
	enum err e;

	if (user_code_canonical(cx->arena, user_code, &canonical))
		return ERR_NO_ROW;
	if ((e = device_code_by_user_code(cx->store, cx->arena, canonical, ret)))
		return e;
	if ((e = client_by_id(cx->store, cx->arena, ret->client_id, ret_client)))
		return e;
	return is_open(cx, ret, ret_client) ? OK : ERR_NO_ROW;
}

/* Only what an answer tells to be wrong was a guess. */
enum err
device_find(const struct context *cx, struct device_search *search, struct device_code *ret,
	struct client *ret_client)
{
	enum err e;

	search->wait_ms = code_pace_take(&search->pace, cx->now_ms);
	if (search->wait_ms)
		return ERR_TOO_MANY_REQUESTS;
	e = look_up(cx, search->user_code, ret, ret_client);
	if (e != ERR_NO_ROW)
		code_pace_give_back(&search->pace);
	return e;
}

/* Compares with the request that this browser was shown, and with no other. */
enum err
device_reviewed(const struct context *cx, const struct device_search *search, struct id review,
	struct device_code *ret, struct client *ret_client)
{
	struct str typed;
	enum err e;

	if ((e = device_code_by_id(cx->store, cx->arena, review, ret)))
		return e;
	if (user_code_canonical(cx->arena, search->user_code, &typed) ||
		typed.n != ret->user_code.n ||
		!equal_in_constant_time(typed.p, ret->user_code.p, typed.n))
		return ERR_NO_ROW;
	return client_by_id(cx->store, cx->arena, ret->client_id, ret_client);
}

enum err
device_store_review(struct store *s, void *arg)
{
	const struct device_review *review = arg;

	HOLDS(!id_is_zero(review->code_id));
	return session_set_review(s, review->session_id, review->code_id);
}

/* A code is redeemed after it was approved. */
static enum device_fate
decided(const struct device_code *code)
{
	return str_is(code->state, "denied") ? DEVICE_DENIED : DEVICE_APPROVED;
}

enum device_fate
device_fate(const struct context *cx, const struct device_code *code, const struct client *client)
{
	if (!str_is(code->state, "pending"))
		return decided(code);
	return is_open(cx, code, client) ? DEVICE_OPEN : DEVICE_EXPIRED;
}

/* Whether what this person decides now is what they have decided before: a second
 * click, or the answer to the first was lost. */
static enum err
decide_again(struct store *s, const struct device_decision *d)
{
	enum device_fate wanted = d->approve ? DEVICE_APPROVED : DEVICE_DENIED;
	struct device_code code;
	enum err e = device_code_by_id(s, d->cx->arena, d->code.id, &code);

	if (e)
		return e;
	if (str_is(code.state, "pending") || decided(&code) != wanted ||
		!id_eq(code.user_id, d->user.id))
		return ERR_DECIDED;
	return OK;
}

enum err
device_digits_new(struct arena *arena, struct str *ret)
{
	uint32_t number = 0;
	enum err e = random_below(DIGITS_RANGE, &number);

	if (!e)
		*ret = str_printf(arena, "%02u", number);
	return e;
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
		.detail = str_printf(d->cx->arena, "%.*s%sclient=%.*s asked_from=%.*s",
			STR_ARG(d->code.scope), d->code.scope.n ? " " : "",
			STR_ARG(id_text(d->cx->arena, d->code.client_id)), STR_ARG(d->code.ip)),
	};
	enum err e;

	HOLDS(id_eq(d->session.user_id, d->user.id));
	if ((e = session_hold_review(s, d->session.id, d->code.id)))
		return e == ERR_NO_ROW ? ERR_NOT_REVIEWED : e;
	if (d->approve)
		e = device_code_approve(s, d->code.id, &d->session, d->cx->now_ms);
	else
		e = device_code_deny(s, d->code.id, d->user.id, d->cx->now_ms);
	if (e)
		return e == ERR_NO_ROW ? decide_again(s, d) : e;
	if (d->approve && d->code.typed_back &&
		(e = device_code_set_digits(s, d->code.id, d->digits)))
		return e;
	return audit_write(s, d->cx, &record);
}
