/* From getrusage, getrlimit and /proc. */
#include "server/keep/process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STAT_MAX = 1024, US_PER_S = 1000 * 1000 };

/* Fields 20 (threads), 23 (virtual bytes) and 24 (resident pages) of proc(5);
 * the second, the name in parentheses, may hold anything. */
static void
read_stat(struct process *p)
{
	char text[STAT_MAX] = "";
	FILE *file = fopen("/proc/self/stat", "re");
	long long threads, size, pages;
	const char *rest;

	if (!file)
		return;
	if (fgets(text, sizeof text, file) && (rest = strrchr(text, ')')) &&
		sscanf(rest + 1,
			" %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			"%lld %*s %*s %lld %lld",
			&threads, &size, &pages) == 3) {
		p->threads = threads;
		p->virtual_bytes = size;
		p->resident_bytes = pages * sysconf(_SC_PAGESIZE);
	}
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
