/*
 * Questions to the server that go on beside the screen.
 *
 * The answer is given to a function of the owner, which is a view or a dialog; when the owner
 * goes away, tui_ask_cancel gives its questions up.  An owner that wants the answer to live on
 * (the rows of a page) calls tui_request_keep and ends it with tui_request_free later.
 */
#ifndef ADMIN_TUI_ASK_H
#define ADMIN_TUI_ASK_H

#include "admin-tui/console.h"

typedef void tui_answered(struct tui *, struct tui_request *);

struct tui_request {
	struct arena arena; /* of the question and of the answer */
	const struct op *op;
	struct door_call *call; /* NULL: it is over */
	struct door_answer answer;
	tui_answered *answered;
	void *owner;
	int64_t began_ms;
	int64_t number; /* for the owner to know it again */
	bool is_kept;
	struct tui_request *next;
};

/* A request to be filled: its arena is for what the question points to. */
struct tui_request *tui_request_new(void *owner, tui_answered *);
/* Sends it.  The answer comes with a later tui_ask_poll, never before this returns. */
void tui_ask(struct tui *, struct tui_request *, const struct door_question *);
void tui_request_keep(struct tui_request *);
/* NULL is allowed.  What it held is overwritten if it may have been a secret. */
void tui_request_free(struct tui_request *);

/* Hands out the answers that have come. */
void tui_ask_poll(struct tui *);
/* Gives up those of an owner; NULL: all. */
void tui_ask_cancel(struct tui *, const void *owner);
bool tui_is_asking(const struct tui *, const void *owner);
/* How long the oldest request has been waiting; -1: there is none. */
int64_t tui_asking_ms(const struct tui *);

#endif
