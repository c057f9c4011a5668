/* From getrusage, getrlimit and /proc. */
#include "server/keep/process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STAT_MAX = 1024, US_PER_S = 1000 * 1000 };

/* Fields 20 (threads), 23 (virtual bytes) and 24 (resident pages) of proc(5);
 * the second, the name in parentheses, may hold anything. */
static void
read_stat(struct process *p)
{
	enum { FIELD_THREADS = 20, FIELD_SIZE = 23, FIELD_PAGES = 24 };
	char text[STAT_MAX] = "";
	FILE *file = fopen("/proc/self/stat", "re");
	char *rest = NULL;

	if (file && fgets(text, sizeof text, file) && (rest = strrchr(text, ')')))
		rest++;
	for (int field = 2; rest && field <= FIELD_PAGES; field++) {
		const char *word = strsep(&rest, " ");

		if (field == FIELD_THREADS)
			p->threads = strtoll(word, NULL, 10);
		if (field == FIELD_SIZE)
			p->virtual_bytes = strtoll(word, NULL, 10);
		if (field == FIELD_PAGES)
			p->resident_bytes = strtoll(word, NULL, 10) * sysconf(_SC_PAGESIZE);
	}
	if (file)
		(void)fclose(file);
}

static int64_t
count_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int64_t count = 0;

	if (!directory)
		return -1;
	for (struct dirent *entry; (entry = readdir(directory));)
		count += entry->d_name[0] != '.';
	(void)closedir(directory);
	return count - 1; /* the directory itself */
}

static int64_t
microseconds(struct timeval t)
{
	return (int64_t)t.tv_sec * US_PER_S + t.tv_usec;
}

struct process
process_look(void)
{
	struct process p = {-1, -1, -1, -1, count_files(), -1};
	struct rlimit limit;
	struct rusage usage;

	read_stat(&p);
	if (!getrusage(RUSAGE_SELF, &usage))
		p.cpu_us = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur != RLIM_INFINITY)
		p.max_files = (int64_t)limit.rlim_cur;
	return p;
}
