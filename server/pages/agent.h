/* User-Agent headers for people. */
#ifndef SERVER_PAGES_AGENT_H
#define SERVER_PAGES_AGENT_H

#include "lib/base/str.h"

/* "Firefox on Linux", or the beginning of what was sent; empty if nothing was. */
struct str agent_words(struct arena *, struct str user_agent);

#endif
