/* "2026-11-25 10:55:00" of SQLite, "2026-11-25 12:55:00.123456+02" of PostgreSQL. */
#include "lib/store/database_clock.h"

#include "lib/base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { S_PER_HOUR = 3600, S_PER_MINUTE = 60 };

/* "+02", "-03:30", or nothing. */
static int64_t
offset_s(const char *zone)
{
	char *end = NULL;
	long hours = strtol(zone, &end, 10);
	long minutes = *end == ':' ? strtol(end + 1, NULL, 10) : 0;

	return hours * S_PER_HOUR + (*zone == '-' ? -minutes : minutes) * S_PER_MINUTE;
}

static void
read_clock(const struct row *row, struct arena *arena, void *into)
{
	const char *text = str_c(arena, row_text(row, COL_DATABASE_CLOCK_NOW, arena));
	struct tm tm = {.tm_sec = 0};
	const char *rest = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);

	*(int64_t *)into = -1;
	if (!rest)
		return;
	rest += strcspn(rest, "+-");
	*(int64_t *)into = ((int64_t)timegm(&tm) - (*rest ? offset_s(rest) : 0)) * MS_PER_S;
}

enum err
database_clock(struct store *s, int64_t *ret_ms)
{
	struct arena arena = {0};
	int64_t ms = -1;
	enum err e = store_one(s, SQL_DATABASE_CLOCK, NO_PARAMS, read_clock, &arena, &ms);

	arena_free(&arena);
	if (e || ms < 0)
		return e ? e : ERR_MALFORMED;
	*ret_ms = ms;
	return OK;
}
