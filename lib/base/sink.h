/*
 * struct sink: takes lines for a descriptor whose reader may stand still, and never waits for
 * it.  What does not fit is dropped.
 *
 * A pipe (a container's log driver) and a terminal are opened a second time, so that only
 * this writer does not wait: the flag of the descriptor itself is shared with whoever
 * else has it.  Pipes are made as large as the system allows, for bursts.
 */
#ifndef LIB_BASE_SINK_H
#define LIB_BASE_SINK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink {
	atomic_int given; /* the descriptor that it is for; -2 before the first */
	atomic_int fd;    /* the one that is written to */
	atomic_bool is_own;
	atomic_int kind;
	pthread_mutex_t lock; /* of those that must be asked first */
};

/* Takes lines for that descriptor, which stays the caller's; again, for another. */
void sink_open(struct sink *, int fd);
/* A line of PIPE_BUF bytes at most, whole; false if it was dropped. Any thread. */
bool sink_write(struct sink *, const char *line, size_t size);

#endif
