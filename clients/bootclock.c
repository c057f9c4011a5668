/* CLOCK_BOOTTIME in milliseconds. */
#include "clients/bootclock.h"

#include <time.h>

int64_t
client_bootclock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
