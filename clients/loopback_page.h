/* The replies of the loopback listener: whole HTTP responses in a buffer. */
#ifndef CLIENTS_LOOPBACK_PAGE_H
#define CLIENTS_LOOPBACK_PAGE_H

#include "lib/base/buf.h"

#define LOOPBACK_DONE  "/done"
#define LOOPBACK_START "/start/"

/* A small page that loads nothing and links nowhere.  Text is escaped. */
struct str client_loopback_page(
	struct arena *, const char *status, const char *title, const char *sentence);
/* To LOOPBACK_DONE, which takes code and state out of the address bar and the history; or
 * anywhere else, with a cookie for what comes back ("name=value", empty: none). */
struct str client_loopback_redirect(struct arena *, struct str location, struct str cookie);

#endif
