/* Time that goes on while the machine sleeps, unlike CLOCK_MONOTONIC: codes on the
 * server age then as well. */
#ifndef CLIENTS_BOOTCLOCK_H
#define CLIENTS_BOOTCLOCK_H

#include <stdint.h>

int64_t client_bootclock_ms(void);

#endif
