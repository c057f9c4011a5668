/*
 * The writer's groups of changes.
 *
 * While another process holds SQLite's write lock each change waits for five seconds, counted
 * from when it was ready, and not again behind others that wait: a group gives up with its
 * oldest change, and what is left of it is tried again.
 */
#ifndef SERVER_ENGINE_COMMIT_H
#define SERVER_ENGINE_COMMIT_H

#include "lib/base/err.h"
#include "lib/base/pool.h"
#include "lib/store/store.h"

enum { WRITE_BATCH = 256 };

/* Commits the changes of 1 to WRITE_BATCH exchanges.  Returns how many are done, with what
 * result: these are the first, as it may change their order.  The others were not begun. */
size_t commit_together(struct store *, struct job *jobs[], enum err results[], size_t count);

#endif
