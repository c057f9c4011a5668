/* The tables as copying sees them; cmd/tools/copyc.c makes the list of them from
 * the migrations. */
#ifndef LIB_STORE_COPY_TABLE_H
#define LIB_STORE_COPY_TABLE_H

#include "lib/store/store.h"

enum { COPY_COLUMNS_MAX = 48, COPY_KEYS_MAX = 4 };

struct copy_table {
	const char *name;
	enum sql read;                     /* those behind a key, in its order, so many */
	enum sql insert, count, clear;     /* one; how many; all away */
	const char *kinds;                 /* a letter per column: i, t, b */
	unsigned char keys[COPY_KEYS_MAX]; /* the columns of the primary key */
	size_t key_count;
	int64_t seeded; /* rows that are there once the migrations have run */
};

/* No row refers to one of a later table. */
extern const struct copy_table copy_tables[];
extern const size_t copy_tables_count;

#endif
