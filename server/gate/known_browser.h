/*
 * struct known_browser: a cookie that outlives sessions and says, under our seal,
 * "somebody has signed in on this browser", and for whom.  It opens nothing: it
 * only makes the browser count for itself (server/gate/limit.h, lib/account/login_pace.h),
 * so that nobody else can use up its tries.  Names are not readable in it.  When all is
 * taken back that was given for somebody (lib/store/revocation.h: they are disabled, get a
 * new password from an operator, sign out everywhere), no browser of before knows them.
 */
#ifndef SERVER_GATE_KNOWN_BROWSER_H
#define SERVER_GATE_KNOWN_BROWSER_H

#include "server/exchange.h"

enum { BROWSER_NAMES_MAX = 4, BROWSER_SEAL_SIZE = 16 };

struct user;

struct known_browser {
	struct id id;
	unsigned char names[BROWSER_NAMES_MAX][BROWSER_SEAL_SIZE]; /* latest first */
	size_t name_count;
};

/* False if the cookie is missing, not ours, or half a year old. */
bool known_browser_read(const struct exchange *, struct known_browser *ret);
/* True if that user has signed in on it since all was taken back; the name as typed.
 * Reads the database. */
bool known_browser_knows(struct exchange *, const struct known_browser *, struct str name);
/* Gives the browser of this exchange its cookie, with that person first. */
void known_browser_remember(struct exchange *, const struct user *);
/* The person who is signed in takes all back, and stays known to this browser alone. */
void known_browser_stay(struct exchange *);

#endif
