/*
 * Which of the nodes on one database does what only one needs to do.
 *
 * The elected node moves a beat in the database every few seconds.  One that
 * has not managed to for HELD_S stops by itself; the others take over when they
 * have seen the beat stand still for VACANT_S, which is longer, each by its own
 * monotonic clock.  So two nodes hold it at once only if one was paused between
 * asking and doing: what an elected node does is a conditional statement
 * or harmless when it is done twice.
 *
 * Where the database belongs to one process (SQLite), every process is elected.
 */
#ifndef SERVER_KEEP_ELECTION_H
#define SERVER_KEEP_ELECTION_H

#include "lib/store/lease.h"

struct server;

enum { ELECTION_BEAT_S = 5, ELECTION_HELD_S = 10, ELECTION_VACANT_S = 15 };

struct election {
	struct server *server;
	struct store *store; /* for reading */
	struct id me;
	struct lease seen; /* the latest, and since when it is the same */
	int64_t seen_us;
	int64_t held_until_us;
	int64_t next_us;
	bool told; /* the log, that it is won */
};

MUST_USE enum err election_init(struct election *, struct server *, struct store *);
/* Stands, or stays in office; call it every second or more often. */
void election_stand(struct election *);
bool election_is_won(const struct election *);
/* Steps down, so that the next need not wait. */
void election_leave(struct election *);

#endif
