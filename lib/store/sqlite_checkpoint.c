/* The thread beside SQLite's writer. */
#include "lib/store/sqlite_checkpoint.h"

#include "lib/base/arena.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
	STEP_PAGES = 1000,  /* of growth, after which the thread is woken: 4 MB */
	WHOLE_PAGES = 8000, /* from here on the writer moves the rest */
};

struct checkpointer {
	char *path;
	int due_pages; /* the writer's: how long the WAL is when the thread is next woken */
	bool started;  /* the writer's */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool due, stopping;
};

/* ---- the thread ---- */

static bool
await(struct checkpointer *c)
{
	bool due;

	(void)pthread_mutex_lock(&c->lock);
	while (!c->due && !c->stopping)
		(void)pthread_cond_wait(&c->wake, &c->lock);
	due = !c->stopping;
	c->due = false;
	(void)pthread_mutex_unlock(&c->lock);
	return due;
}

/* A checkpoint that fails leaves everything in the WAL, for the next. */
static void *
run(void *argument)
{
	struct checkpointer *c = argument;
	sqlite3 *db = NULL;

	(void)pthread_setname_np(pthread_self(), "checkpointer");
	if (!sqlite3_open_v2(c->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
		while (await(c))
			(void)sqlite3_wal_checkpoint_v2(
				db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	(void)sqlite3_close(db);
	return NULL;
}

/* Signals stay with the threads that asked for them. */
static bool
start(struct checkpointer *c)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	c->started = pthread_create(&c->thread, NULL, run, c) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return c->started;
}

/* ---- the writer ---- */

static void
wake(struct checkpointer *c)
{
	if (!c->started && !start(c))
		return;
	(void)pthread_mutex_lock(&c->lock);
	c->due = true;
	(void)pthread_cond_signal(&c->wake);
	(void)pthread_mutex_unlock(&c->lock);
}

/* After every commit of the writer; pages is how long the WAL is.  While the thread is
 * at it, the writer's own is refused and comes with a later commit. */
static int
on_commit(void *argument, sqlite3 *db, const char *schema, int pages)
{
	struct checkpointer *c = argument;

	if (pages < c->due_pages - STEP_PAGES) /* the WAL was begun anew */
		c->due_pages = STEP_PAGES;
	if (pages >= WHOLE_PAGES)
		(void)sqlite3_wal_checkpoint_v2(db, schema, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (pages < c->due_pages)
		return SQLITE_OK;
	c->due_pages = pages + STEP_PAGES;
	wake(c);
	return SQLITE_OK;
}

struct checkpointer *
checkpointer_new(sqlite3 *writer, const char *path)
{
	struct checkpointer *c = xcalloc(1, sizeof *c);

	c->path = xstrdup(path);
	c->due_pages = STEP_PAGES;
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->wake, NULL);
	(void)sqlite3_wal_hook(writer, on_commit, c);
	return c;
}

void
checkpointer_free(struct checkpointer *c)
{
	if (!c)
		return;
	(void)pthread_mutex_lock(&c->lock);
	c->stopping = true;
	(void)pthread_cond_signal(&c->wake);
	(void)pthread_mutex_unlock(&c->lock);
	if (c->started)
		(void)pthread_join(c->thread, NULL);
	(void)pthread_cond_destroy(&c->wake);
	(void)pthread_mutex_destroy(&c->lock);
	free(c->path);
	free(c);
}
