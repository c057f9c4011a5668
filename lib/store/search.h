/*
 * Searching a list for a part of a name.  No index helps there, so a search looks at so many rows
 * at once and says where it stopped: a page takes the same time however long the list is.
 */
#ifndef LIB_STORE_SEARCH_H
#define LIB_STORE_SEARCH_H

#include "lib/base/id.h"
#include "lib/store/store.h"

enum { SEARCH_REACH = 5000 };

/* "%text%" for LIKE with the escape '!': what is typed stands for itself. */
struct str search_pattern(struct arena *, struct str);

/* What a statement *_reach answers with. */
struct search_reach {
	struct id last;
	int64_t count;
};
enum err search_read_reach(const struct row *, void *search_reach);

#endif
