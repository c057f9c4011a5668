/*
 * Pages for people who administer this server, drawn from lib/ops: one list, one item, one form
 * and one question for everything there is (server/faces.def).
 */
#ifndef SERVER_WEB_WEB_H
#define SERVER_WEB_WEB_H

#include "server/exchange.h"

/* The reply for an error: on a form it is shown with what was typed. */
void web_error_page(struct exchange *, enum err);

#endif
