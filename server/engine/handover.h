/*
 * A server gives its place to another program, and no connection is lost: it starts that one, gives
 * it its listening sockets, and serves until the other says that it serves, too.  From then on both
 * take connections from the same queues, until the old one has answered whom it has.
 *
 * They talk over a pair of sockets, one message each: the old one says what it speaks, sends each
 * socket with a word that names its kind, and "all"; the new one answers "serving", and begins to
 * speak for the service when it has heard "go".  The end of the old one closes its side.
 */
#ifndef SERVER_ENGINE_HANDOVER_H
#define SERVER_ENGINE_HANDOVER_H

#include "lib/base/diag.h"
#include "lib/base/str.h"

#include <signal.h>

struct http;

/* ---- the old one ---- */

struct successor;

/* Where this program is, so that it can be started again; NULL if that cannot be
 * told.  To be asked before another takes its name.  The caller frees it. */
char *handover_program(void);
/* Whether another program has this name by now. */
bool handover_program_is_new(const char *program);
/* Starts it with these arguments and gives it the sockets. */
MUST_USE enum err handover_begin(const struct http *, const char *program, char *const argv[],
	struct successor **ret, struct diag *);
/* Waits until it serves.  ERR_UNAVAILABLE if it ends, takes too long, or one of `stop`, which are
 * blocked, is pending; then it is ended. */
MUST_USE enum err handover_wait(struct successor *, const sigset_t *stop, struct diag *);
int64_t handover_pid(const struct successor *);
/* It may speak for the service.  Its side stays open until this process ends. */
void handover_go(struct successor *);
/* After a handover_wait that failed, too. */
void handover_forget(struct successor *);

/* ---- the new one ---- */

struct predecessor;

/* Whom this process takes the place of; NULL if nobody has started it so.  Closes whatever else
 * the other had open, so it comes first. */
MUST_USE enum err handover_receive(struct predecessor **ret, struct diag *);
/* How many sockets of strangers there are: as many loops are needed at least. */
size_t handover_count(const struct predecessor *);
const int *handover_sockets(const struct predecessor *);
/* Whether they are the service manager's, who keeps them when this process ends. */
bool handover_are_managed(const struct predecessor *);
/* The admin socket, if it is bound to this path, or -1.  The caller's from now on. */
int handover_admin_socket(struct predecessor *, struct str path);
/* Says that this one serves, and waits for the other's "go". */
void handover_serving(struct predecessor *);
/* Until the other has ended.  One thread. */
bool handover_goes_on(struct predecessor *);
void handover_end(struct predecessor *);

#endif
