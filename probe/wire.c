/* Requests of a probe, and what it makes of the answers. */
#include "clients/ask.h"
#include "clients/bootclock.h"
#include "clients/terminal.h"
#include "probe/case.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 120, PATIENCE_S = 70, WHY_MAX = 600, FORM_SIZE = 16 * 1024 };

static enum probe_result
conclude(struct probe *p, enum probe_result result, const char *format, va_list arguments)
{
	char text[WHY_MAX];
	int n = vsnprintf(text, sizeof text, format, arguments);

	if (n < 0)
		n = 0;
	p->why = str_copy(p->arena,
		(struct str){text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1});
	return result;
}

enum probe_result
probe_pass(struct probe *p)
{
	p->why = STR_NONE;
	return PROBE_PASS;
}

enum probe_result
probe_fail(struct probe *p, const char *format, ...)
{
	enum probe_result result;
	va_list arguments;

	va_start(arguments, format);
	result = conclude(p, PROBE_FAIL, format, arguments);
	va_end(arguments);
	return result;
}

enum probe_result
probe_skip(struct probe *p, const char *format, ...)
{
	enum probe_result result;
	va_list arguments;

	va_start(arguments, format);
	result = conclude(p, PROBE_SKIP, format, arguments);
	va_end(arguments);
	return result;
}

/* ---- asking ---- */

static void
fill_request(struct probe *p, const struct wire *w, struct fetch_header *origin,
	struct fetch_request *ret)
{
	*ret = (struct fetch_request){
		.url = w->url,
		.form = w->form,
		.json = w->json,
		.method = str_of(w->method),
		.cancel_fd = p->options->cancel_fd,
		.ca_file = p->options->ca_file,
		.wants_head = true,
	};
	if (!w->form.p && !w->json.p)
		ret->accept = STR("application/json, text/html;q=0.9, */*;q=0.5");
	if (w->origin) {
		*origin = (struct fetch_header){"Origin", str_of(w->origin)};
		ret->headers = origin;
		ret->header_count = 1;
	}
	if (w->form.p && !w->has_no_client)
		client_identity_sign(&p->options->client, p->arena, ret);
}

/* Answers live as long as the probe: there are a few hundred of them. */
static void
keep(struct probe *p, struct json *json)
{
	struct kept_json *kept = arena_new(p->arena, struct kept_json);

	*kept = (struct kept_json){json, p->documents_kept};
	p->documents_kept = kept;
}

static void
read_reply(struct probe *p, const struct fetch_reply *reply, struct answer *ret)
{
	struct json *json = NULL;

	*ret = (struct answer){
		.status = reply->status,
		.head = reply->head,
		.type = reply->content_type,
		.body = reply->body,
		.at_ms = client_bootclock_ms(),
	};
	if (json_parse_foreign(reply->body, TOKEN_ANSWER_MAX, &json, NULL))
		return;
	keep(p, json);
	if (!json_is_map(json))
		return;
	ret->json = json;
	ret->error = json_get_str(json, "error");
}

static void
read_failure(struct probe *p, enum err e, const struct diag *diag, struct answer *ret)
{
	*ret = (struct answer){
		.why = str_copy(p->arena, str_of(diag->text[0] ? diag->text : err_sentence(e))),
		.at_ms = client_bootclock_ms(),
	};
	p->is_cancelled = p->is_cancelled || e == ERR_CANCELLED;
}

void
probe_ask(struct probe *p, const struct wire *w, struct answer *ret)
{
	struct asking asking = {.patience_s = w->is_impatient ? ASK_NOT_AGAIN : PATIENCE_S};
	struct fetch_header origin;
	struct fetch_reply reply;
	struct diag diag = {{0}};
	enum err e;

	fill_request(p, w, &origin, &asking.request);
	if ((e = client_ask(p->arena, &asking, &reply, &diag)))
		read_failure(p, e, &diag, ret);
	else
		read_reply(p, &reply, ret);
}

static bool
all_over(struct fetch_call *const calls[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (calls[i] && !fetch_is_over(calls[i]))
			return false;
	return true;
}

static void
collect(struct probe *p, struct fetch_call *call, struct answer *ret)
{
	struct fetch_reply reply;
	struct diag diag = {{0}};
	enum err e = call ? fetch_result(call, &reply, &diag) : ERR_NETWORK;

	if (e)
		read_failure(p, e, &diag, ret);
	else
		read_reply(p, &reply, ret);
}

void
probe_ask_together(struct probe *p, const struct wire *w, size_t count, struct answer *ret)
{
	struct fetch_call **calls = arena_array(p->arena, struct fetch_call *, count);
	int fd = p->options->cancel_fd > 0 ? p->options->cancel_fd : -1;
	struct fetch_header origin;
	struct fetch_request request;
	struct fetch_set *set = NULL;
	struct diag diag = {{0}};

	fill_request(p, w, &origin, &request);
	if (!fetch_set_new(&set, &diag)) {
		for (size_t i = 0; i < count; i++)
			if (fetch_begin(set, p->arena, &request, &calls[i], &diag))
				calls[i] = NULL;
		while (!all_over(calls, count) && !p->is_cancelled)
			if (fetch_wait(set, fd, 1000, &p->is_cancelled))
				break;
	}
	for (size_t i = 0; i < count; i++) {
		if (calls[i] && !fetch_is_over(calls[i])) {
			fetch_end(calls[i]);
			calls[i] = NULL;
		}
		collect(p, calls[i], &ret[i]);
	}
	fetch_set_free(set);
}

struct str
probe_form_of(struct probe *p, struct str client_id, const char *grant, const char *name,
	struct str value)
{
	struct buf form;

	buf_init(&form, p->arena, FORM_SIZE);
	if (grant)
		form_add(&form, "grant_type", str_of(grant));
	if (client_id.n)
		form_add(&form, "client_id", client_id);
	if (name)
		form_add(&form, name, value);
	buf_add_c(&form, "");
	return form.p ? buf_str(&form) : STR("");
}

struct str
probe_form(struct probe *p, const char *grant, const char *name, struct str value)
{
	struct buf form;

	client_token_form(&form, p->arena, &p->options->client, grant);
	if (name)
		form_add(&form, name, value);
	return buf_str(&form);
}

struct str
probe_stranger(const struct probe *p)
{
	return p->options->other_client_id.n ? p->options->other_client_id
					     : STR("probe-of-a-client-that-does-not-exist");
}

/* ---- judging ---- */

struct str
probe_clean(struct probe *p, struct str text)
{
	struct str shown = client_terminal_clean(p->arena, str_first(text, SHOWN_MAX), false);

	return text.n > SHOWN_MAX ? str_printf(p->arena, "%.*s...", STR_ARG(shown)) : shown;
}

const char *
probe_words(struct probe *p, const struct answer *a)
{
	if (!a->status)
		return arena_printf(p->arena, "no answer: %.*s", STR_ARG(probe_clean(p, a->why)));
	if (a->error.n)
		return arena_printf(p->arena, "status %d, error %.*s", a->status,
			STR_ARG(probe_clean(p, a->error)));
	return arena_printf(
		p->arena, "status %d and %s", a->status, a->json ? "no error" : "no JSON object");
}

struct str
probe_header(const struct answer *a, const char *name)
{
	return fetch_head_get(a->head, name, NULL);
}

/* Whether a header's comma separated list has a word, parameters aside. */
static bool
lists(struct str list, const char *word)
{
	while (list.n) {
		struct str one = str_cut(&list, ',');

		if (str_is_nocase(str_trim(str_cut(&one, ';')), word))
			return true;
	}
	return false;
}

bool
probe_is_no_store(const struct answer *a)
{
	return lists(probe_header(a, "Cache-Control"), "no-store");
}

bool
probe_is_json(const struct answer *a)
{
	struct str type = a->type;

	return str_is_nocase(str_trim(str_cut(&type, ';')), "application/json");
}

enum probe_result
probe_expect_error(struct probe *p, const struct answer *a, const char *errors)
{
	const char *wanted = strchr(errors, ' ') ? "one of the errors" : "the error";

	if (!a->status)
		return probe_fail(p, "%s", probe_words(p, a));
	if (a->status != 400 && a->status != 401)
		return probe_fail(p, "expected status 400 with %s %s, got %s", wanted, errors,
			probe_words(p, a));
	STR_EACH (word, str_of(errors))
		if (str_eq(word, a->error))
			return probe_pass(p);
	return probe_fail(p, "expected %s %s, got %s", wanted, errors, probe_words(p, a));
}
