/* LIKE, with what is typed taken as it is. */
#include "lib/store/search.h"

#include "lib/base/buf.h"

#include <string.h>

enum { PATTERN_MAX = 4096 };

struct str
search_pattern(struct arena *arena, struct str text)
{
	struct buf pattern;

	buf_init(&pattern, arena, PATTERN_MAX);
	buf_add_char(&pattern, '%');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '!')
			buf_add_char(&pattern, '!');
		buf_add_char(&pattern, text.p[i]);
	}
	buf_add_char(&pattern, '%');
	return buf_ok(&pattern) ? buf_str(&pattern) : STR("!");
}

struct reach {
	struct id last;
	int64_t count;
};

static enum err
read_reach(const struct row *row, void *context)
{
	struct reach *reach = context;

	reach->last = row_id(row, COL_SEARCH_REACH_ID);
	reach->count = row_int(row, COL_SEARCH_REACH_COUNT);
	return OK;
}

enum err
search_end(struct store *s, enum sql sql, struct params params, struct id *ret_end,
	struct id *ret_seen)
{
	struct reach reach = {.count = 0};
	enum err e = store_each(s, sql, params, read_reach, &reach);

	if (e)
		return e;
	memset(ret_end, 0xff, sizeof *ret_end);
	if (reach.count == SEARCH_REACH)
		*ret_end = *ret_seen = reach.last;
	return OK;
}
