/* Migrations are written in SQLite's words; this puts them into PostgreSQL's. */
#ifndef LIB_STORE_POSTGRES_WORDS_H
#define LIB_STORE_POSTGRES_WORDS_H

#include "lib/base/str.h"

/* Types and table options outside of comments and quotes; the result is the
 * arena's. */
const char *postgres_words(struct arena *, const char *sql);

#endif
