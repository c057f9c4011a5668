/* Cases: the device authorization request and its answer (RFC 8628 sections 3.1 and 3.2). */
#include "clients/bootclock.h"
#include "lib/base/clock.h"
#include "probe/case.h"

enum { URI_SHORT = 80 };

enum probe_result
probe_request_answer(struct probe *p)
{
	static const char *const required[] = {"device_code", "user_code", "verification_uri"};
	struct wire w = {.url = p->device_endpoint};

	w.form = p->options->scope.n ? probe_form(p, NULL, "scope", p->options->scope)
				     : probe_form(p, NULL, NULL, STR_NONE);
	probe_ask(p, &w, &p->first);
	if (p->first.status != 200 || !p->first.json)
		return probe_fail(p, "%s", probe_words(p, &p->first));
	(void)probe_code_read(&p->first, &p->oldest);
	for (size_t i = 0; i < countof(required); i++)
		if (!json_get_str(p->first.json, required[i]).n)
			return probe_fail(p, "%s is missing", required[i]);
	return json_has(p->first.json, "expires_in") ? probe_pass(p)
						     : probe_fail(p, "expires_in is missing");
}

enum probe_result
probe_request_type(struct probe *p)
{
	if (probe_is_json(&p->first))
		return probe_pass(p);
	return probe_fail(p, "the Content-Type is %.*s", STR_ARG(probe_clean(p, p->first.type)));
}

enum probe_result
probe_request_no_store(struct probe *p)
{
	if (probe_is_no_store(&p->first))
		return probe_pass(p);
	return probe_fail(p, "a device code may be kept by caches: no Cache-Control: no-store");
}

static enum probe_result
judge_seconds(struct probe *p, const struct json *json, const char *name)
{
	if (json_kind(json, name) != JSON_IS_NUMBER)
		return probe_fail(p, "%s is not a number", name);
	if (client_answer_seconds(json, name, 0, INT32_MAX) < 1)
		return probe_fail(p, "%s is not a time to come", name);
	return probe_pass(p);
}

enum probe_result
probe_request_expires(struct probe *p)
{
	return judge_seconds(p, p->first.json, "expires_in");
}

enum probe_result
probe_request_interval(struct probe *p)
{
	/* Left out means five seconds. */
	if (json_kind(p->first.json, "interval") == JSON_IS_ABSENT)
		return probe_pass(p);
	return judge_seconds(p, p->first.json, "interval");
}

enum probe_result
probe_request_uri(struct probe *p)
{
	struct str uri = p->oldest.uri;

	if (!fetch_url_is_safe(uri))
		return probe_fail(p, "verification_uri is not a safe address: %.*s",
			STR_ARG(probe_clean(p, uri)));
	return probe_pass(p);
}

static bool
holds(struct str text, struct str part)
{
	for (size_t i = 0; part.n && i + part.n <= text.n; i++)
		if (str_eq_nocase(str_first(str_from(text, i), part.n), part))
			return true;
	return false;
}

/* Section 3.2: short, as it is typed by hand, and without the code, which is typed too. */
enum probe_result
probe_request_uri_plain(struct probe *p)
{
	struct str uri = p->oldest.uri;

	if (holds(uri, p->oldest.user_code))
		return probe_fail(p, "verification_uri holds the user code");
	if (uri.n > URI_SHORT)
		return probe_fail(p, "verification_uri has %zu characters to be typed", uri.n);
	return probe_pass(p);
}

/* Section 3.3.1: optional; what it holds, the page shows again for comparison. */
enum probe_result
probe_request_complete(struct probe *p)
{
	struct str complete = p->oldest.complete;

	if (!complete.n)
		return probe_skip(p, "it gives no verification_uri_complete");
	if (!fetch_url_is_safe(complete))
		return probe_fail(p, "verification_uri_complete is not a safe address: %.*s",
			STR_ARG(probe_clean(p, complete)));
	if (holds(complete, p->oldest.device_code))
		return probe_fail(p, "verification_uri_complete holds the device code");
	return probe_pass(p);
}

/* ---- what has to be refused ---- */

static void
ask_device(struct probe *p, struct str form, struct answer *ret)
{
	const struct wire w = {.url = p->device_endpoint, .form = form, .has_no_client = true};

	probe_ask(p, &w, ret);
}

enum probe_result
probe_request_unknown_client(struct probe *p)
{
	struct answer a;

	ask_device(p,
		probe_form_of(
			p, STR("probe-of-a-client-that-does-not-exist"), NULL, NULL, STR_NONE),
		&a);
	return probe_expect_error(p, &a, "invalid_client unauthorized_client");
}

enum probe_result
probe_request_no_client(struct probe *p)
{
	struct answer a;

	ask_device(p, STR("scope=openid"), &a);
	return probe_expect_error(p, &a, "invalid_request invalid_client");
}

enum probe_result
probe_request_error_json(struct probe *p)
{
	struct answer a;

	ask_device(p,
		probe_form_of(
			p, STR("probe-of-a-client-that-does-not-exist"), NULL, NULL, STR_NONE),
		&a);
	if (!a.json || !probe_is_json(&a))
		return probe_fail(p, "an error comes as %.*s",
			STR_ARG(a.type.n ? probe_clean(p, a.type) : STR("nothing")));
	return probe_pass(p);
}

/* Section 3.1: POST. */
enum probe_result
probe_request_get(struct probe *p)
{
	struct wire w = {.has_no_client = true};
	struct answer a;

	w.url = str_printf(p->arena, "%.*s?%.*s", STR_ARG(p->device_endpoint),
		STR_ARG(probe_form(p, NULL, NULL, STR_NONE)));
	probe_ask(p, &w, &a);
	if (!a.status)
		return probe_fail(p, "%s", probe_words(p, &a));
	if (a.json && json_has(a.json, "device_code"))
		return probe_fail(p, "GET is answered with a device code");
	return a.status < 500 ? probe_pass(p) : probe_fail(p, "GET: %s", probe_words(p, &a));
}

/* Section 3.1: application/x-www-form-urlencoded. */
enum probe_result
probe_request_json(struct probe *p)
{
	struct wire w = {.url = p->device_endpoint, .has_no_client = true};
	struct answer a;
	struct buf body;

	buf_init(&body, p->arena, 4096);
	json_open(&body, '{');
	json_member_str(&body, "client_id", p->options->client.id);
	json_close(&body, '}');
	w.json = buf_str(&body);
	probe_ask(p, &w, &a);
	if (!a.status)
		return probe_fail(p, "%s", probe_words(p, &a));
	if (a.status >= 200 && a.status < 300)
		return probe_fail(p, "a body of application/json is taken for a form");
	return a.status < 500 ? probe_pass(p) : probe_fail(p, "%s", probe_words(p, &a));
}

/* RFC 6749 section 3.2: no parameter twice. */
enum probe_result
probe_request_repeated(struct probe *p)
{
	struct wire w = {.url = p->device_endpoint};
	struct answer a;

	w.form = str_printf(p->arena, "%.*s&scope=openid&scope=profile",
		STR_ARG(probe_form(p, NULL, NULL, STR_NONE)));
	if (w.form.p[0] == '&')
		w.form = str_from(w.form, 1);
	probe_ask(p, &w, &a);
	return probe_expect_error(p, &a, "invalid_request");
}

/* RFC 6749 section 3.3: refused, or left out; never an error of the server's own. */
enum probe_result
probe_request_scope(struct probe *p)
{
	struct wire w = {.url = p->device_endpoint};
	struct answer a;

	w.form = probe_form(p, NULL, "scope", STR("probe:no-such-scope"));
	probe_ask(p, &w, &a);
	if (a.status == 200)
		return probe_pass(p);
	return probe_expect_error(p, &a, "invalid_scope");
}

/* No page of another origin may ask with the browser's cookies and read the answer. */
enum probe_result
probe_request_cors(struct probe *p)
{
	struct wire w = {.url = p->device_endpoint, .origin = "https://probe.example"};
	struct answer a;

	w.form = probe_form(p, NULL, NULL, STR_NONE);
	probe_ask(p, &w, &a);
	if (str_is_nocase(probe_header(&a, "Access-Control-Allow-Credentials"), "true"))
		return probe_fail(p, "pages of any origin may read it with the browser's cookies");
	return probe_pass(p);
}
