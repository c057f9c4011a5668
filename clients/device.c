/* Requests, paces and judges the device grant. */
#include "clients/device.h"

#include "clients/ask.h"
#include "clients/bootclock.h"
#include "clients/terminal.h"
#include "lib/base/clock.h"
#include "lib/base/form.h"
#include "lib/base/json.h"

#include <poll.h>

enum {
	POLL_TIMEOUT_MS = 15000,
	USER_CODE_MAX = 32,
	URI_MAX = 512,
	DEFAULT_LIFE_S = 300,
	DEFAULT_INTERVAL_S = 5, /* RFC 8628 section 3.2 */
	SLOW_DOWN_S = 5,        /* section 3.5 */
	LONGEST_INTERVAL_S = 300,
	LONGEST_BACK_OFF_S = 60,
	LONGEST_LIFE_S = 24 * 3600,
};

#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

void
client_device_pace_start(struct device_pace *pace, int64_t interval_s)
{
	if (interval_s < 1)
		interval_s = DEFAULT_INTERVAL_S;
	if (interval_s > LONGEST_INTERVAL_S)
		interval_s = LONGEST_INTERVAL_S;
	*pace = (struct device_pace){interval_s, interval_s};
}

enum err
client_device_pace_next(struct device_pace *pace, enum err outcome)
{
	switch (outcome) {
	case ERR_AUTHORIZATION_PENDING: pace->wait_s = pace->interval_s; return OK;
	case ERR_SLOW_DOWN:
		pace->interval_s += SLOW_DOWN_S;
		pace->wait_s = pace->interval_s;
		return OK;
	case ERR_NETWORK:
	case ERR_UNAVAILABLE:
		/* Section 3.5 asks for exponential back-off; never faster than told. */
		pace->wait_s *= 2;
		if (pace->wait_s > LONGEST_BACK_OFF_S)
			pace->wait_s = LONGEST_BACK_OFF_S;
		if (pace->wait_s < pace->interval_s)
			pace->wait_s = pace->interval_s;
		return OK;
	default: return outcome;
	}
}

/* ---- judging answers ---------------------------------------------------------------------- */

static bool
is_showable(struct str text, size_t max)
{
	return text.n && text.n <= max && str_is_printable(text);
}

enum err
client_device_judge_authorization(struct arena *arena, int status, struct str body,
	struct device_authorization *ret, struct diag *diag)
{
	struct json *answer;
	struct str code, user_code, uri, complete;
	enum err e;

	if ((e = client_answer_open(arena, status, body, &answer, diag)))
		return e;
	code = json_get_str(answer, "device_code");
	user_code = json_get_str(answer, "user_code");
	uri = json_get_str(answer, "verification_uri");
	complete = json_get_str(answer, "verification_uri_complete");
	if (!is_showable(code, 4096) || !is_showable(user_code, USER_CODE_MAX) || uri.n > URI_MAX ||
		!fetch_url_is_safe(uri)) {
		json_free(answer);
		return diag_set(diag, ERR_MALFORMED,
			"the server's answer holds no code or address that can be shown");
	}
	if (complete.n > URI_MAX || !fetch_url_is_safe(complete))
		complete = STR_NONE;
	*ret = (struct device_authorization){
		.device_code = str_copy(arena, code),
		.user_code = str_copy(arena, user_code),
		.verification_uri = str_copy(arena, uri),
		.verification_uri_complete = str_copy(arena, complete),
		.expires_in_s =
			client_answer_seconds(answer, "expires_in", DEFAULT_LIFE_S, LONGEST_LIFE_S),
		.interval_s = client_answer_seconds(
			answer, "interval", DEFAULT_INTERVAL_S, LONGEST_INTERVAL_S),
	};
	json_free(answer);
	/* A code that had ended before it was shown is no answer: as if it had not said. */
	if (!ret->expires_in_s)
		ret->expires_in_s = DEFAULT_LIFE_S;
	return OK;
}

/* ---- the flow ----------------------------------------------------------------------------- */

enum err
client_device_request(
	const struct device_flow *flow, struct device_authorization *ret, struct diag *diag)
{
	struct asking asking = {
		.request =
			{
				.url = flow->server->device_authorization_endpoint,
				.cancel_fd = flow->cancel_fd,
				.ca_file = flow->server->ca_file,
			},
		.patience_s = ASK_PATIENCE_S,
	};
	struct fetch_reply reply;
	struct buf form;
	enum err e;

	if (str_empty(asking.request.url))
		return diag_set(diag, ERR_UNSUPPORTED_GRANT_TYPE,
			"this server does not offer sign-in with a device code");
	client_token_form(&form, flow->arena, &flow->client, NULL);
	if (!str_empty(flow->scope))
		form_add(&form, "scope", flow->scope);
	if (flow->types_digits)
		form_add(&form, "device_confirmation", STR("typed"));
	if (!buf_ok(&form))
		return diag_set(diag, ERR_TOO_LONG, "client id and scope are too long");
	asking.request.form = buf_str(&form);
	client_identity_sign(&flow->client, flow->arena, &asking.request);
	if ((e = client_ask(flow->arena, &asking, &reply, diag)))
		return e;
	return client_device_judge_authorization(flow->arena, reply.status, reply.body, ret, diag);
}

static enum err
poll_once(const struct device_flow *flow, const struct buf *form, struct token_reply *ret,
	struct diag *diag)
{
	const struct token_call call = {
		.server = flow->server,
		.client = &flow->client,
		.form = form,
		.timeout_ms = POLL_TIMEOUT_MS,
		.cancel_fd = flow->cancel_fd,
	};
	struct arena scratch = {0};
	enum err e;

	/* Many polls: what a pending one allocates must not pile up. */
	e = client_token_request(flow->arena, &scratch, &call, ret, diag);
	arena_free(&scratch);
	return e;
}

static void
token_form(const struct device_flow *flow, const struct device_authorization *authorization,
	struct buf *form)
{
	client_token_form(form, flow->arena, &flow->client, DEVICE_GRANT);
	form_add(form, "device_code", authorization->device_code);
}

static enum err
send_digits(const struct device_flow *flow, const struct device_authorization *authorization,
	bool again, struct token_reply *ret, struct diag *diag)
{
	struct str digits;
	struct buf form;
	enum err e;

	if ((e = flow->ask_digits(flow->context, again, &digits)))
		return diag_set(diag, e, "no digits were typed");
	token_form(flow, authorization, &form);
	form_add(&form, "confirmation_code", digits);
	return poll_once(flow, &form, ret, diag);
}

static enum err
sleep_until(const struct device_flow *flow, int64_t until_ms, int64_t deadline_ms)
{
	struct pollfd cancel = {.fd = flow->cancel_fd ? flow->cancel_fd : -1, .events = POLLIN};
	int64_t now_ms;

	while ((now_ms = client_bootclock_ms()) < until_ms) {
		int64_t step_ms = until_ms - now_ms;

		if (now_ms >= deadline_ms)
			return ERR_EXPIRED_TOKEN;
		if (flow->tick)
			flow->tick(flow->context, (deadline_ms - now_ms + MS_PER_S - 1) / MS_PER_S);
		if (step_ms > MS_PER_S)
			step_ms = MS_PER_S;
		if (step_ms > deadline_ms - now_ms)
			step_ms = deadline_ms - now_ms;
		if (poll(&cancel, 1, (int)step_ms) > 0)
			return ERR_CANCELLED;
	}
	return now_ms >= deadline_ms ? ERR_EXPIRED_TOKEN : OK;
}

enum err
client_device_wait(const struct device_flow *flow, const struct device_authorization *authorization,
	struct token_reply *ret, struct diag *diag)
{
	int64_t life_s = authorization->expires_in_s;
	struct device_pace pace;
	int64_t deadline_ms;
	struct buf form;
	enum err e;

	if (flow->timeout_s > 0 && flow->timeout_s < life_s)
		life_s = flow->timeout_s;
	deadline_ms = client_bootclock_ms() + life_s * MS_PER_S;
	token_form(flow, authorization, &form);
	client_device_pace_start(&pace, authorization->interval_s);
	ret->retry_after_s = 0;
	do {
		if (pace.wait_s < ret->retry_after_s)
			pace.wait_s = ret->retry_after_s < LONGEST_INTERVAL_S ? ret->retry_after_s
									      : LONGEST_INTERVAL_S;
		e = sleep_until(flow, client_bootclock_ms() + pace.wait_s * MS_PER_S, deadline_ms);
		if (e)
			return diag_set(diag, e,
				e == ERR_CANCELLED ? "cancelled" : "nobody decided in time");
		e = poll_once(flow, &form, ret, diag);
		for (bool again = false; e == ERR_CONFIRMATION_REQUIRED && flow->types_digits;
			again = true)
			e = send_digits(flow, authorization, again, ret, diag);
		if (!e)
			return OK;
	} while (!(e = client_device_pace_next(&pace, e)));
	return e;
}
