/* Requests under way, and what an answer says of the connection. */
#include "admin-tui/ask.h"

#include "lib/base/secret.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAUSE_MIN_MS = 1000, PAUSE_MAX_MS = 30000 };

struct tui_request *
tui_request_new(void *owner, tui_answered *answered)
{
	struct tui_request *r = xcalloc(1, sizeof *r);

	r->owner = owner;
	r->answered = answered;
	return r;
}

void
tui_ask(struct tui *tui, struct tui_request *r, const struct door_question *question)
{
	struct tui_request **last = &tui->requests;

	r->op = question->op;
	r->began_ms = tui->now_ms;
	r->call = door_begin(tui->door, &r->arena, question);
	while (*last)
		last = &(*last)->next;
	*last = r;
}

void
tui_request_keep(struct tui_request *r)
{
	r->is_kept = true;
}

void
tui_request_free(struct tui_request *r)
{
	if (!r)
		return;
	if (r->call)
		door_end(r->call, NULL);
	if (r->op && (r->op->answer == OP_MADE || r->op->answer == OP_REVEALS) && r->answer.text.n)
		wipe((void *)(uintptr_t)r->answer.text.p, r->answer.text.n);
	door_answer_done(&r->answer);
	arena_free(&r->arena);
	free(r);
}

/* ---- the connection ---- */

static void
lose(struct tui *tui, struct str why)
{
	tui->is_connected = false;
	tui->pause_ms = tui->pause_ms ? tui->pause_ms * 2 : PAUSE_MIN_MS;
	if (tui->pause_ms > PAUSE_MAX_MS)
		tui->pause_ms = PAUSE_MAX_MS;
	tui->retry_ms = tui->now_ms + tui->pause_ms;
	(void)snprintf(tui->trouble, sizeof tui->trouble, "%.*s", STR_ARG(why));
}

static void
note_connection(struct tui *tui, const struct door_answer *a)
{
	if (a->outcome == DOOR_UNREACHED || a->outcome == DOOR_NONSENSE) {
		lose(tui, a->problem);
		return;
	}
	if (!tui->is_connected && tui->was_connected)
		tui_say(tui, ROLE_GOOD, "Connected again.");
	tui->is_connected = tui->was_connected = true;
	tui->pause_ms = 0;
	tui->refreshed_ms = tui->now_ms;
}

/* ---- answers ---- */

static struct tui_request *
take_over(struct tui *tui)
{
	struct tui_request *r;

	for (struct tui_request **p = &tui->requests; (r = *p); p = &r->next)
		if (door_is_over(r->call)) {
			*p = r->next;
			r->next = NULL;
			return r;
		}
	return NULL;
}

void
tui_ask_poll(struct tui *tui)
{
	struct tui_request *r;

	while ((r = take_over(tui))) {
		struct door_call *call = r->call;

		r->call = NULL;
		door_end(call, &r->answer);
		note_connection(tui, &r->answer);
		tui->is_dirty = true;
		r->answered(tui, r);
		if (!r->is_kept)
			tui_request_free(r);
	}
}

void
tui_ask_cancel(struct tui *tui, const void *owner)
{
	struct tui_request **p = &tui->requests, *r;

	while ((r = *p))
		if (!owner || r->owner == owner) {
			*p = r->next;
			tui_request_free(r);
		} else {
			p = &r->next;
		}
}

bool
tui_is_asking(const struct tui *tui, const void *owner)
{
	for (const struct tui_request *r = tui->requests; r; r = r->next)
		if (!owner || r->owner == owner)
			return true;
	return false;
}

int64_t
tui_asking_ms(const struct tui *tui)
{
	int64_t oldest = -1;

	for (const struct tui_request *r = tui->requests; r; r = r->next)
		if (tui->now_ms - r->began_ms > oldest)
			oldest = tui->now_ms - r->began_ms;
	return oldest;
}
