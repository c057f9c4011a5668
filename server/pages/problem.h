/*
 * Errors for people.  The words are those of the catalogue: error.NAME.title and
 * error.NAME.text, where NAME is that of lib/base/err.def in lower case; an error that
 * has none gets those of its status.
 *
 * A form that cannot be taken is shown again with what was typed, with the status of
 * the error, and with `Refresh`: programs see what happened, and a browser goes on to
 * the GET of that page, which can be reloaded and gone back to.  There ?problem=NAME
 * says it again.
 */
#ifndef SERVER_PAGES_PROBLEM_H
#define SERVER_PAGES_PROBLEM_H

#include "server/exchange.h"

/* The reply for e, as a page: the form again, or a page of its own with a way on. */
void problem_reply(struct exchange *, enum err);
/* The form of this row, shown again because of e.  Only for rows that have a form of
 * their own. */
MUST_USE enum err problem_show_form(struct exchange *, enum err);
/* 303 to a page that says it, where the row has no form of its own. */
MUST_USE enum err problem_see_other(struct exchange *, struct str page, enum err);
/* Whether the catalogue has words for this very error. */
bool problem_has_words(struct exchange *, enum err);
/* The sentence. */
struct str problem_text(struct exchange *, enum err);
/* The error that ?problem= names, with its time to wait; OK if none. */
enum err problem_asked(struct exchange *);

/* The pages with forms that are shown again: why is OK, or what was wrong. */
enum err login_show(struct exchange *, int status, enum err why);
enum err device_show(struct exchange *, int status, enum err why);
/* By /device/decide: it does not say which code it was asked about. */
enum err device_show_blank(struct exchange *, int status, enum err why);
enum err invitation_show(struct exchange *, int status, enum err why);
enum err account_show(struct exchange *, int status, enum err why);

#endif
