/*
 * struct arena: everything that lives as long as one exchange, one command or
 * one screen.  Things in it are never freed one by one; arena_reset or
 * arena_free ends them all.
 *
 * Allocation does not fail: when the system has no memory left the process
 * says so and exits with EX_OSERR.  Every promise made to a client is already
 * durable by then, so a restart loses nothing, and no caller has to carry a
 * branch that no test can reach.  What an input may make us allocate is bounded
 * where the input is read (struct buf, body and head limits).
 */
#ifndef LIB_BASE_ARENA_H
#define LIB_BASE_ARENA_H

#include "lib/base/compiler.h"

#include <stddef.h>

struct arena_chunk;

/* Zero is a valid empty arena. */
struct arena {
	struct arena_chunk *chunk; /* the newest; older ones behind it */
	size_t used;               /* bytes used in the newest */
};

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *, size_t size);
/* The same for count things of one size, whose product may not wrap. */
void *arena_alloc_array(struct arena *, size_t count, size_t size);
/* A copy of n bytes with a NUL behind it. */
char *arena_copy(struct arena *, const void *bytes, size_t n);
char *arena_printf(struct arena *, const char *format, ...) PRINTF_LIKE(2, 3);
/* Forgets everything, keeps the first chunk for reuse. */
void arena_reset(struct arena *);
/* Gives everything back; the arena is empty and usable again. */
void arena_free(struct arena *);

#define arena_new(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))

/* malloc, calloc and realloc that exit as described above; for things that
 * outlive every arena.  Free with free(). */
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *, size_t size);
char *xstrdup(const char *);

#endif
