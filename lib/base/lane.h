/*
 * enum lane: what some work does with the thread that does it, and so which threads may do
 * it.  Each route names the lane of its handler (server/routes.c); server/engine/work.c has
 * the threads.  Code that finds out only while it runs, such as that a secret to compare is
 * a crypt(3) hash, calls context_needs (lib/audit/context.h).
 */
#ifndef LIB_BASE_LANE_H
#define LIB_BASE_LANE_H

enum lane {
	LANE_LOOP,   /* memory only: the event loop, whichever database it is */
	LANE_QUICK,  /* reads by key, signs at most: the loop, if reads stay in the process */
	LANE_AHEAD,  /* the same, and the request tells what is read: server/gate/ahead.h */
	LANE_WORKER, /* reads lists, waits for the disk */
	LANE_HASHER, /* hashes a password: a tenth of a second of a processor */
	LANE_CALLER, /* asks another server by HTTP, until cx->deadline_us at most */
	LANE_COUNT
};

/* A client that has waited longer has given up: nothing is done for it in any lane. */
enum { LANE_DEADLINE_S = 10 };

#endif
