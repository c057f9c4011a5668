/* authgate doctor --deep: reads the whole database, and says how far it is. */
#include "cmd/doctor.h"

#include "cmd/progress.h"
#include "lib/store/backup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MIB = 1024 * 1024 };

/* What this process has read so far, as the system counts it; 0 where it does not. */
static int64_t
read_mib(void)
{
	FILE *f = fopen("/proc/self/io", "re");
	char line[64] = "";
	const char *number = NULL;

	if (f && fgets(line, sizeof line, f) && !strncmp(line, "rchar: ", 7))
		number = line + 7;
	if (f)
		(void)fclose(f);
	return number ? strtoll(number, NULL, 10) / MIB : 0;
}

struct reading {
	struct progress progress;
	int64_t before_mib, total_mib;
};

/* The check reads every page about once; its file does not grow. */
static void
say_how_far(void *context, int64_t done, int64_t total)
{
	struct reading *r = context;
	int64_t done_mib = read_mib() - r->before_mib;

	(void)done;
	(void)total;
	progress_step(&r->progress, done_mib < r->total_mib ? done_mib : r->total_mib, r->total_mib,
		STR_NONE);
}

void
doctor_read_all(struct doctor *d)
{
	struct reading reading = {.total_mib = 0};
	const char *file = doctor_database_file(d);
	struct diag diag = {""};
	struct stat st;
	enum err e;

	if (file && !stat(file, &st))
		reading.total_mib = (int64_t)st.st_size / MIB;
	reading.before_mib = read_mib();
	progress_begin(&reading.progress, "checked", "MiB");
	e = backup_check(&d->setup, say_how_far, &reading, &diag);
	progress_end(&reading.progress);
	if (e == ERR_CONFIG)
		doctor_say(d, FINDING_OK, "", "not looked at: %s", diag.text);
	else if (e)
		doctor_say(d, FINDING_FAIL,
			"stop the server, keep the file, and put back the last backup", "%s",
			diag.text);
	else
		doctor_say(d, FINDING_OK, "", "every page of the database is whole");
}
