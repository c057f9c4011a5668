/* Cases: asking the token endpoint (RFC 8628 sections 3.4 and 3.5). */
#include "clients/bootclock.h"
#include "lib/base/clock.h"
#include "probe/case.h"

#include <string.h>

enum { SLOW_DOWN_S = 5, HASTE = 4, HONEST_POLLS = 2, TOO_MANY = 429 };

enum probe_result
probe_poll_pending(struct probe *p)
{
	probe_poll(p, &p->oldest, &p->pending);
	return probe_expect_error(p, &p->pending, "authorization_pending");
}

enum probe_result
probe_poll_error_json(struct probe *p)
{
	if (p->pending.json && probe_is_json(&p->pending))
		return probe_pass(p);
	return probe_fail(p, "an error comes as %.*s",
		STR_ARG(p->pending.type.n ? probe_clean(p, p->pending.type) : STR("nothing")));
}

enum probe_result
probe_poll_no_store(struct probe *p)
{
	if (probe_is_no_store(&p->pending))
		return probe_pass(p);
	return probe_fail(p, "an answer to one poll may be kept for the next: no "
			     "Cache-Control: no-store");
}

/* ---- pace ---- */

static bool
has_life(const struct code *c, int64_t seconds)
{
	return c->expires_ms - client_bootclock_ms() > seconds * MS_PER_S;
}

/* Polls at once after a poll, until one came before its time for sure. */
static bool
poll_in_haste(struct probe *p, struct code *c, struct answer *ret)
{
	for (int i = 0; i < HASTE; i++) {
		int64_t before_ms = client_bootclock_ms();

		probe_poll_hastily(p, c, ret);
		if (probe_is_slow_down(ret) || ret->status == TOO_MANY)
			return true;
		if (i && c->last_poll_ms - before_ms < c->interval_s * MS_PER_S / 2)
			return true;
	}
	return false;
}

enum probe_result
probe_poll_slow_down(struct probe *p)
{
	struct code c;
	struct answer a;

	if (!probe_code_new(p, &c))
		return PROBE_FAIL;
	if (!poll_in_haste(p, &c, &a))
		return probe_skip(p, "the server takes longer to answer than its interval");
	return a.status == TOO_MANY ? probe_pass(p) : probe_expect_error(p, &a, "slow_down");
}

/* Whoever keeps to the new interval is served again: 5 seconds more after each slow_down. */
enum probe_result
probe_poll_recovers(struct probe *p)
{
	struct code c;
	struct answer a;

	if (!probe_code_new(p, &c))
		return PROBE_FAIL;
	if (!poll_in_haste(p, &c, &a) || !probe_is_slow_down(&a))
		return probe_skip(p, "it did not say slow_down");
	if (!has_life(&c, c.interval_s + SLOW_DOWN_S + 1))
		return probe_skip(p, "its codes do not live as long as the longer interval");
	probe_code_wait(p, &c, SLOW_DOWN_S);
	probe_poll(p, &c, &a);
	if (probe_is_slow_down(&a))
		return probe_fail(p,
			"one slow_down was obeyed, 5 seconds more than the interval, and the next "
			"poll is told to slow down again");
	return probe_expect_error(p, &a, "authorization_pending");
}

enum probe_result
probe_poll_honest(struct probe *p)
{
	struct code c;
	struct answer a;

	if (!probe_code_new(p, &c))
		return PROBE_FAIL;
	if (!has_life(&c, (HONEST_POLLS + 1) * (c.interval_s + 1)))
		return probe_skip(p, "its codes live for less than three polls");
	for (int i = 0; i <= HONEST_POLLS; i++) {
		probe_code_wait(p, &c, 0);
		probe_poll(p, &c, &a);
		if (!probe_is_pending(&a))
			return probe_fail(p, "poll %d, as far apart as it told: %s", i + 1,
				probe_words(p, &a));
	}
	return probe_pass(p);
}

/* ---- what has to be refused ---- */

static void
ask_token(struct probe *p, struct str form, struct answer *ret)
{
	const struct wire w = {.url = p->token_endpoint, .form = form};

	probe_ask(p, &w, ret);
}

static enum probe_result
refuses_code(struct probe *p, struct str device_code)
{
	struct answer a;

	ask_token(p, probe_form(p, DEVICE_GRANT, "device_code", device_code), &a);
	return probe_expect_error(p, &a, "invalid_grant");
}

enum probe_result
probe_poll_unknown_code(struct probe *p)
{
	return refuses_code(p, STR("probe-of-a-device-code-that-nobody-was-given"));
}

enum probe_result
probe_poll_no_code(struct probe *p)
{
	struct answer a;

	ask_token(p, probe_form(p, DEVICE_GRANT, NULL, STR_NONE), &a);
	return probe_expect_error(p, &a, "invalid_request");
}

/* One that begins as a good one does, and one that goes on behind its end. */
enum probe_result
probe_poll_altered_code(struct probe *p)
{
	struct str code = p->oldest.device_code;
	struct str shorter = str_first(code, code.n - 1);
	struct str longer = str_printf(p->arena, "%.*sx", STR_ARG(code));
	struct answer a;

	ask_token(p, probe_form(p, DEVICE_GRANT, "device_code", longer), &a);
	if (probe_is_pending(&a) || probe_is_slow_down(&a))
		return probe_fail(p, "a device code with one character more is taken for it");
	ask_token(p, probe_form(p, DEVICE_GRANT, "device_code", shorter), &a);
	if (probe_is_pending(&a) || probe_is_slow_down(&a))
		return probe_fail(p, "a device code with one character less is taken for it");
	return probe_expect_error(p, &a, "invalid_grant invalid_request");
}

enum probe_result
probe_poll_user_code(struct probe *p)
{
	struct answer a;

	ask_token(p, probe_form(p, DEVICE_GRANT, "device_code", p->oldest.user_code), &a);
	if (probe_is_pending(&a) || probe_is_slow_down(&a))
		return probe_fail(p, "the user code works as a device code");
	return probe_expect_error(p, &a, "invalid_grant invalid_request");
}

enum probe_result
probe_poll_unknown_client(struct probe *p)
{
	struct answer a;

	probe_poll_as(p, probe_stranger(p), p->oldest.device_code, &a);
	return probe_expect_error(p, &a, "invalid_client invalid_grant unauthorized_client");
}

enum probe_result
probe_poll_no_client(struct probe *p)
{
	struct answer a;

	probe_poll_as(p, STR_NONE, p->oldest.device_code, &a);
	return probe_expect_error(p, &a, "invalid_client invalid_request invalid_grant");
}

enum probe_result
probe_poll_unknown_grant(struct probe *p)
{
	struct answer a;

	ask_token(p, probe_form(p, "urn:probe:no-such-grant", NULL, STR_NONE), &a);
	return probe_expect_error(p, &a, "unsupported_grant_type");
}

/* RFC 6749 section 3.2: POST. */
enum probe_result
probe_poll_get(struct probe *p)
{
	struct wire w = {.has_no_client = true};
	struct answer a;

	w.url = str_printf(p->arena, "%.*s?%.*s", STR_ARG(p->token_endpoint),
		STR_ARG(probe_form(p, DEVICE_GRANT, "device_code", p->oldest.device_code)));
	probe_ask(p, &w, &a);
	if (!a.status)
		return probe_fail(p, "%s", probe_words(p, &a));
	if (probe_is_pending(&a) || probe_is_slow_down(&a) || a.status == 200)
		return probe_fail(p, "GET is answered as a poll: %s", probe_words(p, &a));
	return a.status < 500 ? probe_pass(p) : probe_fail(p, "GET: %s", probe_words(p, &a));
}

/* What no device sends must not be an error of the server's own. */
enum probe_result
probe_poll_hostile(struct probe *p)
{
	static const char *const hostile[] = {"%00", "%ff%fe", "%F0%9F%92%A9", "'%22%3B--", "%",
		"..%2F..%2F", "%0d%0aX-Probe:%20yes"};

	for (size_t i = 0; i < countof(hostile); i++) {
		struct answer a;

		ask_token(p,
			str_printf(p->arena, "%.*s&device_code=%s",
				STR_ARG(probe_form(p, DEVICE_GRANT, NULL, STR_NONE)), hostile[i]),
			&a);
		if (a.status < 400 || a.status >= 500)
			return probe_fail(p, "device_code=%s: %s", hostile[i], probe_words(p, &a));
		if (probe_header(&a, "X-Probe").n)
			return probe_fail(p, "a device code puts a line into the header");
	}
	return probe_pass(p);
}

enum probe_result
probe_poll_cors(struct probe *p)
{
	struct wire w = {.url = p->token_endpoint, .origin = "https://probe.example"};
	struct answer a;

	w.form = probe_form(p, DEVICE_GRANT, "device_code", STR("probe-of-nothing"));
	probe_ask(p, &w, &a);
	if (str_is_nocase(probe_header(&a, "Access-Control-Allow-Credentials"), "true"))
		return probe_fail(p, "pages of any origin may read it with the browser's cookies");
	return probe_pass(p);
}

enum probe_result
probe_poll_repeated(struct probe *p)
{
	struct str code = p->oldest.device_code;
	struct buf form;
	struct answer a;

	buf_init(&form, p->arena, TOKEN_FORM_MAX);
	buf_add(&form, probe_form(p, DEVICE_GRANT, "device_code", code));
	form_add(&form, "device_code", code);
	ask_token(p, buf_str(&form), &a);
	return probe_expect_error(p, &a, "invalid_request");
}
