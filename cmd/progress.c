/* Draws the line a few times a second. */
#include "cmd/progress.h"

#include "clients/terminal.h"
#include "lib/base/clock.h"

#include <stdio.h>
#include <unistd.h>

enum { QUIET_MS = 1000, REDRAW_MS = 200, LINE_MAX_BYTES = 256 };

void
progress_begin(struct progress *p, const char *verb, const char *unit)
{
	struct terminal terminal;

	client_terminal_look(STDERR_FILENO, &terminal);
	*p = (struct progress){
		.is_shown = terminal.moves,
		.columns = terminal.columns,
		.verb = verb,
		.unit = unit,
		.started_ms = clock_monotonic_us() / 1000,
	};
}

static int
add_time_left(char *line, size_t size, int64_t left_s)
{
	if (left_s >= 60)
		return snprintf(line, size, ", %lld min left", (long long)(left_s + 59) / 60);
	return snprintf(line, size, ", %lld s left", (long long)left_s);
}

/* What takes less than a second has no line at all. */
void
progress_step(struct progress *p, int64_t done, int64_t total, struct str more)
{
	int64_t now_ms = clock_monotonic_us() / 1000;
	int64_t spent_ms = now_ms - p->started_ms;
	char line[LINE_MAX_BYTES];
	int64_t rate;
	int n;

	if (!p->is_shown || spent_ms < QUIET_MS || now_ms - p->drawn_ms < REDRAW_MS)
		return;
	rate = done * 1000 / spent_ms;
	n = snprintf(line, sizeof line, "%s %lld", p->verb, (long long)done);
	if (total > 0)
		n += snprintf(line + n, sizeof line - (size_t)n, " of %lld", (long long)total);
	n += snprintf(line + n, sizeof line - (size_t)n, " %s, %lld/s", p->unit, (long long)rate);
	if (total > done && rate > 0)
		n += add_time_left(line + n, sizeof line - (size_t)n, (total - done) / rate);
	if (more.n)
		(void)snprintf(line + n, sizeof line - (size_t)n, ", %.*s", STR_ARG(more));
	(void)fprintf(stderr, "\r\033[K%.*s", p->columns - 1, line);
	(void)fflush(stderr);
	p->is_drawn = true;
	p->drawn_ms = now_ms;
}

void
progress_end(struct progress *p)
{
	if (p->is_drawn)
		(void)fputs("\r\033[K", stderr);
	p->is_drawn = false;
}
