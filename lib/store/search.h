/*
 * What looks at many rows does so within bounds, so that a page takes the same time however long
 * the list is.  No index helps a search for a part of a name, or passes over what has ended: it
 * looks at so many rows at once and says where it stopped.  A count ends where nobody would read
 * on.
 */
#ifndef LIB_STORE_SEARCH_H
#define LIB_STORE_SEARCH_H

#include "lib/base/id.h"
#include "lib/store/store.h"

enum { SEARCH_REACH = 5000, COUNTED_MAX = 10000 };

/* "%text%" for LIKE with the escape '!': what is typed stands for itself. */
struct str search_pattern(struct arena *, struct str);

/* Where a search ends that a statement *_reach answers for: at the last row that it looks at, which
 * *ret_seen is too if there may be more behind it, or at the last there can be. */
MUST_USE enum err search_end(
	struct store *, enum sql, struct params, struct id *ret_end, struct id *ret_seen);

#endif
