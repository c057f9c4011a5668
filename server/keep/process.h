/* What the kernel knows of this process. */
#ifndef SERVER_KEEP_PROCESS_H
#define SERVER_KEEP_PROCESS_H

#include <stdint.h>

/* -1 is unknown. */
struct process {
	int64_t cpu_us;
	int64_t resident_bytes;
	int64_t virtual_bytes;
	int64_t threads;
	int64_t open_files;
	int64_t max_files;
};

struct process process_look(void);

#endif
