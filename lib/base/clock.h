/*
 * Time.  Instants are int64_t milliseconds since 1970 UTC and end in _ms;
 * lifetimes in the configuration are int64_t seconds and end in _s.
 *
 * Rules never ask for the time: it is read once per exchange and handed down
 * as now_ms, so that one request sees one instant and a test can choose it.
 */
#ifndef LIB_BASE_CLOCK_H
#define LIB_BASE_CLOCK_H

#include <stdint.h>

#define MS_PER_S 1000

int64_t clock_now_ms(void);       /* wall clock: expiry, audit, tokens */
int64_t clock_monotonic_us(void); /* durations and deadlines inside the process */

/* "2026-11-23T20:43:52Z" into out[21]. */
void clock_format_utc(int64_t ms, char out[21]);

#endif
