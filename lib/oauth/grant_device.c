/* RFC 8628 section 3.4 and 3.5: a device polls for its token. */
#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/config/config.h"
#include "lib/metrics/tally.h"
#include "lib/oauth/device.h"
#include "lib/oauth/device_policy.h"
#include "lib/oauth/issue.h"
#include "lib/oauth/resource.h"

/* Networks deliver an honest poll a little early against the one before. */
enum { POLL_TOLERANCE_MS = 100 };

struct wrong_digits {
	const struct context *cx;
	struct device_code code;
	struct audit_record record;
};

struct redemption {
	struct device_code code;
	struct issue issue;
};

static enum err
find_code(const struct grant_call *call, struct device_code *ret)
{
	static const char unknown[] = "The device code is not known here, or is another client's.";
	struct context *cx = call->cx;
	struct credential credential;
	struct device_code code;
	enum err e;

	if ((e = grant_credential(call, "device_code", &credential)))
		return e;
	e = device_code_by_id(cx->store, cx->arena, credential.id, &code);
	if (e)
		return e == ERR_NO_ROW ? grant_refuse(cx, unknown) : e;
	/* Bound to the client that asked for it. */
	if (!digest_eq(code.digest, credential.digest) || !id_eq(code.client_id, call->client->id))
		return grant_refuse(cx, unknown);
	*ret = code;
	return OK;
}

static enum err
store_slow_down(struct store *s, void *arg)
{
	const struct device_code *code = arg;

	HOLDS(code->interval_s >= 0);
	return device_code_slow_down(s, code->id, DEVICE_SLOW_DOWN_S);
}

/* Section 3.5: a poll before its time is answered slow_down and lengthens the
 * interval for good.  When a poll came last is remembered in memory only; the
 * interval is a column.  Once the interval outlives the code, there is nothing
 * left to lengthen, and a flood of polls writes nothing more. */
static enum err
pace_poll(const struct grant_call *call, struct device_code *code, struct grant_outcome *ret)
{
	const struct context *cx = call->cx;
	struct limit_rule rule = {
		.period_ms = code->interval_s * MS_PER_S - POLL_TOLERANCE_MS, .burst = 1};
	struct str key = {(const char *)code->id.bytes, ID_SIZE};
	int64_t wait_ms = limiter_take(call->pace, LIMITER_DEVICE_POLL, key, rule, cx->now_ms);

	if (wait_ms == LIMITER_UNKNOWN)
		return ERR_UNAVAILABLE;
	if (!wait_ms)
		return ERR_AUTHORIZATION_PENDING;
	if (cx->now_ms + code->interval_s * MS_PER_S <= code->expires_ms) {
		struct device_code *slowed = arena_new(cx->arena, struct device_code);

		*slowed = *code;
		ret->change = store_slow_down;
		ret->change_arg = slowed;
	}
	return ERR_SLOW_DOWN;
}

/* A wrong pair of digits: when the last try was taken, nobody gets anything. */
static enum err
store_wrong_digits(struct store *s, void *arg)
{
	const struct wrong_digits *w = arg;
	int64_t denied = 0;
	enum err e;

	HOLDS(w->code.typed_back);
	if ((e = device_code_try_digits(s, w->code.id, DEVICE_DIGIT_TRIES)))
		return e == ERR_NO_ROW ? ERR_ACCESS_DENIED : e;
	if ((e = device_code_give_up(s, w->code.id, DEVICE_DIGIT_TRIES, &denied)) || !denied)
		return e;
	return audit_write(s, w->cx, &w->record);
}

static enum err
refuse_digits(
	const struct grant_call *call, const struct device_code *code, struct grant_outcome *ret)
{
	struct arena *arena = call->cx->arena;
	struct wrong_digits *w = arena_new(arena, struct wrong_digits);

	*w = (struct wrong_digits){
		.cx = call->cx,
		.code = *code,
		.record =
			{
				.event = AUDIT_EVENT_DEVICE_DIGITS_WRONG,
				.actor = audit_actor_client(arena, code->client_id),
				.target = str_printf(
					arena, "device:%.*s", STR_ARG(id_text(arena, code->id))),
			},
	};
	ret->change = store_wrong_digits;
	ret->change_arg = w;
	call->cx->problem = STR("these are not the digits on the page");
	return code->digit_tries + 1 < DEVICE_DIGIT_TRIES ? ERR_CONFIRMATION_REQUIRED
							  : ERR_ACCESS_DENIED;
}

static enum err
store_redemption(struct store *s, void *arg)
{
	const struct redemption *r = arg;
	enum err e;

	HOLDS(str_is(r->code.state, "approved"));
	HOLDS(id_eq(r->issue.user.id, r->code.user_id));
	/* Of tries at the same moment no more are heard than one after another. */
	if (r->code.typed_back && (e = device_code_try_digits(s, r->code.id, DEVICE_DIGIT_TRIES)))
		return e == ERR_NO_ROW ? ERR_INVALID_GRANT : e;
	/* Of parallel polls, one finds the row approved. */
	e = device_code_redeem(s, r->code.id, r->issue.cx->now_ms);
	if (e)
		return e == ERR_NO_ROW ? ERR_INVALID_GRANT : e;
	return issue_store(s, &r->issue);
}

static enum err
redeem(const struct grant_call *call, const struct device_code *code, struct grant_outcome *ret)
{
	struct redemption *r = arena_new(call->cx->arena, struct redemption);
	struct device_policy policy;
	enum err e;

	if ((e = device_policy_load(call->cx, call->client, &policy)))
		return e;
	r->code = *code;
	r->issue = (struct issue){
		.cx = call->cx,
		.client = call->client,
		.extra_claims = call->extra_claims,
		.grant = LABEL_GRANT_DEVICE,
		.scope = code->scope,
		.family_ttl_s = policy.refresh_ttl_s,
		.wants_refresh = true,
		.family =
			{
				.kind = STR("device"),
				.scope = code->scope,
				.resource = code->resource,
				.auth_ms = code->auth_ms,
				.amr = code->amr,
				.client_epoch_ms = code->client_epoch_ms,
			},
	};
	if ((e = resource_narrow(call->cx, code->resource, call->resource, &r->issue.resource)) ||
		(e = issue_load_user(call->cx, code->user_id, &r->issue.user)) ||
		(e = issue_begin(&r->issue, ret)))
		return e;
	ret->change = store_redemption;
	ret->change_arg = r;
	return OK;
}

/* Who has not typed them yet may ask as often as before the decision. */
static enum err
hear_digits(const struct grant_call *call, struct device_code *code, struct grant_outcome *ret)
{
	struct str typed = form_get(call->form, "confirmation_code");
	enum err e;

	HOLDS(code->digits.n > 0);
	if (!typed.n) {
		e = pace_poll(call, code, ret);
		return e == ERR_AUTHORIZATION_PENDING ? ERR_CONFIRMATION_REQUIRED : e;
	}
	if (typed.n != code->digits.n || !equal_in_constant_time(typed.p, code->digits.p, typed.n))
		return refuse_digits(call, code, ret);
	return redeem(call, code, ret);
}

static enum err
poll(const struct grant_call *call, struct grant_outcome *ret)
{
	struct device_code code;
	enum err e;

	if ((e = find_code(call, &code)))
		return e;
	ret->is_expected = true;
	if (str_is(code.state, "redeemed"))
		return grant_refuse(call->cx, "The device code was used before.");
	if (str_is(code.state, "denied") || code.client_epoch_ms < call->client->epoch_ms)
		return ERR_ACCESS_DENIED;
	if (code.expires_ms <= call->cx->now_ms)
		return ERR_EXPIRED_TOKEN;
	if (str_is(code.state, "pending"))
		return pace_poll(call, &code, ret);
	return code.typed_back ? hear_digits(call, &code, ret) : redeem(call, &code, ret);
}

/* A redemption may still lose a race, and then counts as the poll of a used code. */
static void
note_poll(struct tally *t, enum err e)
{
	static const struct {
		enum err e;
		size_t series;
	} refusals[] = {
		{ERR_AUTHORIZATION_PENDING, LABEL_POLL_PENDING},
		{ERR_SLOW_DOWN, LABEL_POLL_PENDING},
		{ERR_CONFIRMATION_REQUIRED, LABEL_POLL_PENDING},
		{ERR_EXPIRED_TOKEN, LABEL_POLL_EXPIRED},
		{ERR_ACCESS_DENIED, LABEL_POLL_DENIED},
		{ERR_INVALID_GRANT, LABEL_POLL_INVALID},
		{ERR_INVALID_REQUEST, LABEL_POLL_INVALID},
	};

	if (!e)
		tally_either(t, METRIC_DEVICE_POLLS, LABEL_POLL_SUCCESS, LABEL_POLL_INVALID);
	for (size_t i = 0; i < countof(refusals); i++)
		if (refusals[i].e == e)
			tally_refused(t, METRIC_DEVICE_POLLS, refusals[i].series);
}

enum err
grant_device_run(const struct grant_call *call, struct grant_outcome *ret)
{
	enum err e = poll(call, ret);

	note_poll(call->cx->tally, e);
	return e;
}
