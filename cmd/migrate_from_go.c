/* `authgate migrate from-go`: moving in from the Go original. */
#include "cmd/migrate.h"

#include "cmd/command.h"
#include "cmd/place.h"
#include "cmd/progress.h"

#include "lib/base/clock.h"
#include "lib/import/from_go.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct moving {
	struct progress progress;
	enum from_go_table table; /* that it is about */
};

static void
tell(void *context, const char *line)
{
	struct moving *m = context;

	progress_end(&m->progress);
	(void)printf("%s\n", line);
	(void)fflush(stdout);
}

static void
step(void *context, enum from_go_table table, const struct from_go_report *report)
{
	struct moving *m = context;

	if (m->table != table)
		progress_begin(&m->progress, "read", from_go_table_name(table));
	m->table = table;
	progress_step(
		&m->progress, report->tables[table].found, report->tables[table].total, STR_NONE);
}

static void
print_report(const struct from_go_report *report, bool dry_run)
{
	for (int i = 0; i < FROM_GO_TABLES; i++)
		if (i != FROM_GO_CONNECTIONS || report->tables[i].found)
			(void)printf("%lld of %lld %s %s\n", (long long)report->tables[i].imported,
				(long long)report->tables[i].found, from_go_table_name(i),
				dry_run ? "would come along" : "have come along");
}

static enum err
move_in(const struct from_go_request *request, struct diag *d)
{
	struct moving moving = {.table = FROM_GO_TABLES};
	struct from_go_report report = {.tell = tell, .step = step, .context = &moving};
	enum err e = from_go(request, &report, d);

	progress_end(&moving.progress);

	if (!e)
		print_report(&report, request->dry_run);
	return e;
}

static void
remove_all(struct arena *a, const char *directory, const char *path)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};

	for (size_t i = 0; i < countof(suffixes); i++)
		(void)unlink(arena_printf(a, "%s%s", path, suffixes[i]));
	(void)rmdir(directory);
}

/* Into a database that goes away again, so that the configured one is not touched. */
static enum err
rehearse(struct arena *a, struct from_go_request *request, struct diag *d)
{
	const char *base = getenv("TMPDIR");
	char *directory = arena_printf(a, "%s/authgate-XXXXXX", base ? base : "/tmp");
	const char *path;
	enum err e;

	if (!mkdtemp(directory))
		return diag_set(d, ERR_IO, "%s: no directory can be made", directory);
	path = arena_printf(a, "%s/db", directory);
	request->dry_run = true;
	request->to = (struct store_setup){.driver = STR("sqlite"), .dsn = str_of(path)};
	e = move_in(request, d);
	remove_all(a, directory, path);
	return e;
}

int
migrate_from_go(const struct migrate_call *call)
{
	struct from_go_request request = {
		.to = call->setup,
		.config = call->config,
		.now_ms = clock_now_ms(),
		.add_scopes = call->options->add_scopes,
		.add_connections = call->options->add_connections,
	};
	struct diag d = {""};
	enum err e;

	if (!place_read(call->arena, call->options->argument, &request.from))
		return EXIT_USAGE;
	e = call->options->dry_run ? rehearse(call->arena, &request, &d) : move_in(&request, &d);
	return migrate_told(e, &d);
}
