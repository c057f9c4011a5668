/*
 * struct chore: what a server does by itself, now and then.  server/keep/chores.c has
 * the table; to add a chore: a function and a row there.
 *
 * All run on the one thread of server/keep/housekeeping.c.  A chore that takes many
 * steps asks chore_may_go_on between them: chores of every node are done in
 * between, so that they are late by one step at most.
 */
#ifndef SERVER_KEEP_CHORE_H
#define SERVER_KEEP_CHORE_H

#include "lib/oauth/purge.h"

struct census;
struct housekeeping;
struct server;

/* What a chore works with. */
struct chore_call {
	struct housekeeping *house;
	struct server *server;
	struct census *census;
	struct store *store; /* for reading; changes go through work_change */
	struct arena *arena; /* emptied after the chore */
};

enum chore_place {
	CHORE_HERE,    /* on every node, for itself */
	CHORE_ELECTED, /* on one node at a time (server/keep/election.h) */
};

struct chore {
	const char *name;
	int64_t period_s;
	enum chore_place place;
	bool on_notice; /* also at once when a node has sent word (store_notify) */
	enum err (*run)(const struct chore_call *);
	store_change *purge; /* instead of run, on a struct purge: until nothing is left */
	void (*purged)(const struct chore_call *, int64_t rows); /* told of each batch, or NULL */
};

extern const struct chore chores[];
extern const size_t chores_count;

/* Between two steps: false if the server stops, or this node is not the elected
 * one any more. */
bool chore_may_go_on(const struct chore_call *);
bool chore_is_elected(const struct chore_call *);

#endif
