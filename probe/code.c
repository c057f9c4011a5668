/* Codes of the device grant, and asking about them at the right pace. */
#include "clients/bootclock.h"
#include "lib/base/clock.h"
#include "probe/case.h"

#include <poll.h>

enum {
	DEFAULT_INTERVAL_S = 5,
	LONGEST_INTERVAL_S = 60,
	LONGEST_LIFE_S = 24 * 3600,
	MARGIN_MS = 250, /* networks deliver a poll early against the one before */
};

bool
probe_code_read(const struct answer *a, struct code *ret)
{
	struct code code = {.last_poll_ms = 0};

	if (a->status != 200 || !a->json)
		return false;
	code.device_code = json_get_str(a->json, "device_code");
	code.user_code = json_get_str(a->json, "user_code");
	code.uri = json_get_str(a->json, "verification_uri");
	code.complete = json_get_str(a->json, "verification_uri_complete");
	code.interval_s =
		client_answer_seconds(a->json, "interval", DEFAULT_INTERVAL_S, LONGEST_INTERVAL_S);
	code.expires_ms = a->at_ms + MS_PER_S * client_answer_seconds(a->json, "expires_in",
							LONGEST_LIFE_S, LONGEST_LIFE_S);
	if (code.interval_s < 1)
		code.interval_s = DEFAULT_INTERVAL_S;
	if (!code.device_code.n || !code.user_code.n)
		return false;
	*ret = code;
	return true;
}

bool
probe_code_new(struct probe *p, struct code *ret)
{
	struct wire w = {.url = p->device_endpoint};
	struct answer a;

	w.form = p->options->scope.n ? probe_form(p, NULL, "scope", p->options->scope)
				     : probe_form(p, NULL, NULL, STR_NONE);
	probe_ask(p, &w, &a);
	if (probe_code_read(&a, ret))
		return true;
	(void)probe_fail(p, "a request for a code was answered with %s", probe_words(p, &a));
	return false;
}

void
probe_sleep_until(struct probe *p, int64_t until_ms)
{
	struct pollfd cancel = {
		.fd = p->options->cancel_fd > 0 ? p->options->cancel_fd : -1, .events = POLLIN};
	int64_t left_ms;

	while (!p->is_cancelled && (left_ms = until_ms - client_bootclock_ms()) > 0)
		p->is_cancelled =
			poll(&cancel, 1, (int)(left_ms < MS_PER_S ? left_ms : MS_PER_S)) > 0;
}

void
probe_code_wait(struct probe *p, const struct code *c, int64_t more_s)
{
	if (c->last_poll_ms)
		probe_sleep_until(
			p, c->last_poll_ms + (c->interval_s + more_s) * MS_PER_S + MARGIN_MS);
}

void
probe_poll_as(struct probe *p, struct str client_id, struct str device_code, struct answer *ret)
{
	const struct wire w = {
		.url = p->token_endpoint,
		.form = probe_form_of(p, client_id, DEVICE_GRANT, "device_code", device_code),
		.has_no_client = true,
	};

	probe_ask(p, &w, ret);
}

static void
poll_code(struct probe *p, struct code *c, bool is_impatient, struct answer *ret)
{
	const struct wire w = {
		.url = p->token_endpoint,
		.form = probe_form(p, DEVICE_GRANT, "device_code", c->device_code),
		.is_impatient = is_impatient,
	};

	probe_ask(p, &w, ret);
	c->last_poll_ms = client_bootclock_ms();
}

void
probe_poll(struct probe *p, struct code *c, struct answer *ret)
{
	poll_code(p, c, false, ret);
}

void
probe_poll_hastily(struct probe *p, struct code *c, struct answer *ret)
{
	poll_code(p, c, true, ret);
}

bool
probe_is_pending(const struct answer *a)
{
	return str_is(a->error, "authorization_pending");
}

bool
probe_is_slow_down(const struct answer *a)
{
	return str_is(a->error, "slow_down");
}

void
probe_poll_until_decided(struct probe *p, struct code *c, int polls, struct answer *ret)
{
	for (int i = 0; i < polls && !p->is_cancelled; i++) {
		probe_code_wait(p, c, 0);
		probe_poll(p, c, ret);
		if (probe_is_slow_down(ret))
			c->interval_s += DEFAULT_INTERVAL_S;
		else if (!probe_is_pending(ret))
			return;
	}
}
