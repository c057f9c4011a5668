/* What handlers ask of an exchange. */
#include "server/exchange.h"

#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TO(state) (1U << EXCHANGE_##state)

/* Whatever happens, the reply can be decided: by a guard, a full queue, a want of time.  A head
 * with two readings takes the place even of a reply that is: hence decided from decided. */
static const struct {
	const char *name;
	unsigned next;
} states[EXCHANGE_STATE_COUNT] = {
	[EXCHANGE_NEW] = {"new", TO(ROUTED) | TO(DECIDED)},
	[EXCHANGE_ROUTED] = {"routed", TO(GUARDED) | TO(DECIDED)},
	[EXCHANGE_GUARDED] = {"guarded", TO(GUARDED) | TO(CHANGES) | TO(DECIDED)},
	[EXCHANGE_CHANGES] = {"changing", TO(RACED) | TO(DECIDED)},
	[EXCHANGE_RACED] = {"raced", TO(RACED) | TO(CHANGES_AGAIN) | TO(DECIDED)},
	[EXCHANGE_CHANGES_AGAIN] = {"changing again", TO(DECIDED)},
	[EXCHANGE_DECIDED] = {"decided", TO(DECIDED) | TO(SENT)},
	[EXCHANGE_SENT] = {"sent", 0},
};

const char *
exchange_state_name(enum exchange_state state)
{
	return states[state].name;
}

void
exchange_enter(struct exchange *x, enum exchange_state state)
{
	HOLDS(states[x->state].next & 1U << state);
	if (log_enabled(LOG_DEBUG))
		log_debug("exchange", log_str("request_id", x->cx.request_id),
			log_c("was", states[x->state].name), log_c("is", states[state].name));
	x->state = state;
}

void
exchange_reset_reply(struct exchange *x)
{
	x->reply.status = 0;
	x->reply.header_count = 0;
	x->reply.content_type = STR_NONE;
	x->reply.body = STR_NONE;
	x->reply.policy = STR_NONE;
	x->reply.error = OK;
}

/* Field by field: the tables of forms and headers are large, and their counts
 * say what of them is valid. */
void
exchange_reset(struct exchange *x)
{
	arena_reset(&x->arena);
	x->next = NULL;
	memset(&x->cx, 0, sizeof x->cx);
	x->cx.arena = &x->arena;
	x->cx.tally = &x->tally;
	x->tally.count = 0;
	x->route = NULL;
	x->op = NULL;
	memset(&x->request, 0, sizeof x->request);
	x->query.count = 0;
	x->form.count = 0;
	exchange_reset_reply(x);
	x->state = EXCHANGE_NEW;
	x->lane = LANE_LOOP;
	x->lanes_behind = 0;
	x->counted = false;
	x->known_as = 0;
	x->retry_after_s = 0;
	x->finished = NULL;
	json_free(x->json);
	x->json = NULL;
	x->has_session = false;
	x->csrf_visitor = STR_NONE;
	x->language = 0;
	x->ui_locales = STR_NONE;
	x->change = NULL;
	x->change_arg = NULL;
}

const char *
method_name(enum method method)
{
	static const char *const names[METHOD_COUNT] = {
		[METHOD_GET] = "GET",
		[METHOD_POST] = "POST",
		[METHOD_PUT] = "PUT",
		[METHOD_PATCH] = "PATCH",
		[METHOD_DELETE] = "DELETE",
		[METHOD_OPTIONS] = "OPTIONS",
		[METHOD_OTHER] = "OTHER",
	};

	return names[method];
}

enum method
method_parse(struct str name)
{
	static const struct {
		struct str name;
		enum method method;
	} methods[] = {
		{STR_INIT("GET"), METHOD_GET},
		{STR_INIT("POST"), METHOD_POST},
		{STR_INIT("HEAD"), METHOD_GET},
		{STR_INIT("OPTIONS"), METHOD_OPTIONS},
		{STR_INIT("PUT"), METHOD_PUT},
		{STR_INIT("PATCH"), METHOD_PATCH},
		{STR_INIT("DELETE"), METHOD_DELETE},
	};

	for (size_t i = 0; i < countof(methods); i++)
		if (str_eq(methods[i].name, name))
			return methods[i].method;
	return METHOD_OTHER;
}

enum err
exchange_commit(struct exchange *x, store_change *change, void *arg)
{
	x->change = change;
	x->change_arg = arg;
	/* What was said of a request that is not refused says nothing of a change that fails. */
	if (!x->reply.error)
		x->cx.problem = STR_NONE;
	x->change_since_us = clock_monotonic_us();
	return OK;
}

enum err
exchange_problem(struct exchange *x, enum err e, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	x->cx.problem = str_copy(x->cx.arena, str_of(text));
	return e;
}

struct str
request_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (str_is(request->headers[i].name, name))
			return request->headers[i].value;
	return STR_NONE;
}

struct str
request_cookie(const struct request *request, const char *name)
{
	struct str found = STR_NONE;

	for (size_t i = 0; i < request->header_count; i++) {
		struct str rest = request->headers[i].value;

		if (!str_is(request->headers[i].name, "cookie"))
			continue;
		while (rest.n) {
			struct str value = str_cut(&rest, ';');
			struct str key = str_trim(str_cut(&value, '='));

			if (!str_is(key, name))
				continue;
			if (found.p)
				return STR_NONE;
			found = value.p ? str_trim(value) : STR("");
		}
	}
	return found;
}
