/*
 * Cases for --intrusive: whether guessing is limited (RFC 8628 sections 5.1 and 5.2).  Bounded:
 * a few dozen requests each, none with a code that anybody was given.
 */
#include "probe/case.h"

enum { GUESSES = 60, REQUESTS = 150, TOO_MANY = 429 };

enum probe_result
probe_guess_device_codes(struct probe *p)
{
	for (int i = 0; i < GUESSES && !p->is_cancelled; i++) {
		struct wire w = {.url = p->token_endpoint, .is_impatient = true};
		struct answer a;

		w.form = probe_form(p, DEVICE_GRANT, "device_code",
			str_printf(p->arena, "probe-guess-%04d", i));
		probe_ask(p, &w, &a);
		if (a.status == TOO_MANY)
			return probe_pass(p);
		if (!str_is(a.error, "invalid_grant") && !probe_is_slow_down(&a))
			return probe_fail(p, "guess %d: %s", i + 1, probe_words(p, &a));
	}
	return probe_pass(p);
}

/* Whoever is not signed in learns nothing, or is stopped. */
enum probe_result
probe_guess_user_codes(struct probe *p)
{
	struct answer first = {.status = 0}, a;

	if (!fetch_url_is_safe(p->oldest.uri))
		return probe_skip(p, "there is no address to open");
	for (int i = 0; i < GUESSES && !p->is_cancelled; i++) {
		struct wire w = {.is_impatient = true};

		w.url = str_printf(p->arena, "%.*s%cuser_code=%.*s", STR_ARG(p->oldest.uri),
			str_has_char(p->oldest.uri, '?') ? '&' : '?',
			STR_ARG(i ? str_printf(p->arena, "ZZZZ-%04d", i) : p->oldest.user_code));
		probe_ask(p, &w, &a);
		if (!i)
			first = a;
		if (a.status == TOO_MANY || a.status == 403)
			return probe_pass(p);
		if (a.status >= 500 || !a.status)
			return probe_fail(p, "guess %d: %s", i + 1, probe_words(p, &a));
	}
	if (first.status == a.status)
		return probe_pass(p);
	return probe_fail(p,
		"a good code is answered with status %d, %d wrong ones with status %d, and nobody "
		"was stopped",
		first.status, GUESSES - 1, a.status);
}

/* Open requests are memory, and user codes that can be guessed. */
enum probe_result
probe_guess_requests(struct probe *p)
{
	for (int i = 0; i < REQUESTS && !p->is_cancelled; i++) {
		struct wire w = {.url = p->device_endpoint, .is_impatient = true};
		struct answer a;

		w.form = probe_form(p, NULL, NULL, STR_NONE);
		probe_ask(p, &w, &a);
		if (a.status == TOO_MANY || a.status == 503 || probe_is_slow_down(&a))
			return probe_pass(p);
		if (a.status != 200)
			return probe_expect_error(p, &a, "invalid_request temporarily_unavailable");
	}
	return probe_fail(p, "%d requests are open at the same time, and more may be", REQUESTS);
}
