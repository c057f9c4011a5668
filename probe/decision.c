/* Cases: what becomes of a code when somebody has decided, and when nobody has. */
#include "clients/bootclock.h"
#include "lib/base/clock.h"
#include "probe/case.h"

enum { TOGETHER = 8, POLLS = 4, AFTER_EXPIRY_MS = 1500 };

/* ---- approved ---- */

/* Section 5.3 of RFC 8628, section 5.2 of RFC 6749: a code is its client's. */
enum probe_result
probe_approve_bound(struct probe *p)
{
	enum probe_result decided;
	struct answer a;
	struct code c;

	if (!probe_code_new(p, &c))
		return PROBE_FAIL;
	if ((decided = probe_decide(p, &c, true)) != PROBE_PASS)
		return decided;
	p->redeemed = c;
	probe_poll_as(p, probe_stranger(p), p->redeemed.device_code, &a);
	if (a.status == 200)
		return probe_fail(p, "another client got the tokens");
	return probe_expect_error(p, &a, "invalid_client invalid_grant unauthorized_client");
}

enum probe_result
probe_approve_tokens(struct probe *p)
{
	struct answer a;

	if (!p->redeemed.device_code.n)
		return probe_skip(p, "nothing was approved");
	probe_poll_until_decided(p, &p->redeemed, POLLS, &a);
	if (a.status != 200 || !a.json)
		return probe_fail(p, "an approved code: %s", probe_words(p, &a));
	p->tokens = a;
	if (!json_get_str(a.json, "access_token").n)
		return probe_fail(p, "access_token is missing");
	return probe_pass(p);
}

enum probe_result
probe_approve_no_store(struct probe *p)
{
	if (!p->tokens.json)
		return probe_skip(p, "there are no tokens");
	if (probe_is_no_store(&p->tokens))
		return probe_pass(p);
	return probe_fail(p, "tokens may be kept by caches: no Cache-Control: no-store");
}

enum probe_result
probe_approve_type(struct probe *p)
{
	if (!p->tokens.json)
		return probe_skip(p, "there are no tokens");
	if (!json_get_str(p->tokens.json, "token_type").n)
		return probe_fail(p, "token_type is missing");
	if (!probe_is_json(&p->tokens))
		return probe_fail(
			p, "tokens come as %.*s", STR_ARG(probe_clean(p, p->tokens.type)));
	return probe_pass(p);
}

enum probe_result
probe_approve_expires(struct probe *p)
{
	if (!p->tokens.json)
		return probe_skip(p, "there are no tokens");
	if (json_kind(p->tokens.json, "expires_in") == JSON_IS_NUMBER &&
		client_answer_seconds(p->tokens.json, "expires_in", 0, INT32_MAX) > 0)
		return probe_pass(p);
	return probe_fail(p, "expires_in is no number of seconds to come");
}

static bool
has_word(struct str list, struct str word)
{
	STR_EACH (one, list)
		if (str_eq(one, word))
			return true;
	return false;
}

/* RFC 6749 section 5.1: never more than was asked for. */
enum probe_result
probe_approve_scope(struct probe *p)
{
	struct str given;

	if (!p->tokens.json)
		return probe_skip(p, "there are no tokens");
	if (!p->options->scope.n)
		return probe_skip(p, "no --scope was given");
	given = json_get_str(p->tokens.json, "scope");
	STR_EACH (word, given)
		if (!has_word(p->options->scope, word))
			return probe_fail(p, "the scope %.*s was not asked for",
				STR_ARG(probe_clean(p, word)));
	return probe_pass(p);
}

enum probe_result
probe_approve_userinfo(struct probe *p)
{
	struct str url = json_get_str(p->metadata, "userinfo_endpoint");
	struct fetch_request request = {
		.url = url, .ca_file = p->options->ca_file, .cancel_fd = p->options->cancel_fd};
	struct fetch_reply reply;
	struct diag diag = {{0}};

	if (!p->tokens.json)
		return probe_skip(p, "there are no tokens");
	if (!has_word(p->options->scope, STR("openid")) || !fetch_url_is_safe(url))
		return probe_skip(p, "no --scope with openid, or no userinfo endpoint");
	request.bearer = json_get_str(p->tokens.json, "access_token");
	if (fetch(p->arena, &request, &reply, &diag))
		return probe_fail(p, "%.*s", STR_ARG(probe_clean(p, str_of(diag.text))));
	return reply.status == 200
		       ? probe_pass(p)
		       : probe_fail(p, "the access token is refused with status %d", reply.status);
}

/* Section 3.4 with section 4.1.2 of RFC 6749: once. */
enum probe_result
probe_approve_once(struct probe *p)
{
	struct answer a;

	if (!p->tokens.json)
		return probe_skip(p, "there are no tokens");
	probe_code_wait(p, &p->redeemed, 0);
	probe_poll(p, &p->redeemed, &a);
	if (a.status == 200)
		return probe_fail(p, "the code gives tokens a second time");
	return probe_expect_error(p, &a, "invalid_grant expired_token");
}

static size_t
count_tokens(const struct answer *answers, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += answers[i].status == 200;
	return found;
}

enum probe_result
probe_approve_parallel(struct probe *p)
{
	struct answer answers[TOGETHER], late;
	struct wire w = {.url = p->token_endpoint, .is_impatient = true};
	enum probe_result decided;
	struct code c;
	size_t found;

	if (!probe_code_new(p, &c))
		return PROBE_FAIL;
	if ((decided = probe_decide(p, &c, true)) != PROBE_PASS)
		return decided;
	w.form = probe_form(p, DEVICE_GRANT, "device_code", c.device_code);
	probe_ask_together(p, &w, TOGETHER, answers);
	c.last_poll_ms = client_bootclock_ms();
	found = count_tokens(answers, TOGETHER);
	if (found > 1)
		return probe_fail(
			p, "%zu of %d polls at the same moment got tokens", found, TOGETHER);
	for (size_t i = 0; i < TOGETHER; i++)
		if (answers[i].status >= 500 || !answers[i].status)
			return probe_fail(p, "of polls at the same moment, one got %s",
				probe_words(p, &answers[i]));
	/* All were too many: the next in order gets them. */
	if (!found) {
		probe_poll_until_decided(p, &c, POLLS, &late);
		if (late.status != 200)
			return probe_fail(
				p, "after polls at the same moment: %s", probe_words(p, &late));
	}
	return probe_pass(p);
}

/* ---- denied ---- */

enum probe_result
probe_deny_refused(struct probe *p)
{
	struct answer a = {.status = 0};
	enum probe_result decided;
	struct code c;

	if (!probe_code_new(p, &c))
		return PROBE_FAIL;
	if ((decided = probe_decide(p, &c, false)) != PROBE_PASS)
		return decided;
	p->denied = c;
	probe_poll_until_decided(p, &p->denied, POLLS, &a);
	return probe_expect_error(p, &a, "access_denied");
}

/* A code that was denied is over. */
enum probe_result
probe_deny_stays(struct probe *p)
{
	struct answer a;

	if (!p->denied.device_code.n)
		return probe_skip(p, "nothing was denied");
	probe_code_wait(p, &p->denied, 0);
	probe_poll(p, &p->denied, &a);
	return probe_expect_error(p, &a, "access_denied invalid_grant expired_token");
}

/* ---- expired ---- */

/* Section 3.5; the code that was asked for first has waited longest. */
enum probe_result
probe_expire_refused(struct probe *p)
{
	int64_t left_ms = p->oldest.expires_ms - client_bootclock_ms();
	struct answer a;

	if (!p->oldest.device_code.n)
		return probe_skip(p, "there is no code");
	if (left_ms > p->options->patience_s * MS_PER_S)
		return probe_skip(p, "its codes live for %d seconds more; wait with --patience",
			(int)(left_ms / MS_PER_S));
	probe_sleep_until(p, p->oldest.expires_ms + AFTER_EXPIRY_MS);
	probe_code_wait(p, &p->oldest, 0);
	probe_poll(p, &p->oldest, &a);
	return probe_expect_error(p, &a, "expired_token");
}
