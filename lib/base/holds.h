/*
 * HOLDS(condition): what must be true here, whatever happened before.
 *
 * Stays in release builds.  One that does not hold is a mistake of ours: it names
 * itself on standard error and ends the process, before what is wrong is written
 * down or acted upon.  Input never reaches one, nor does what somebody may have
 * done to the database where that is being judged (lib/audit/verify.c).
 *
 * Where a row is written, and where it is read, the same is asked.
 */
#ifndef LIB_BASE_HOLDS_H
#define LIB_BASE_HOLDS_H

#include "lib/base/compiler.h"

#define HOLDS(condition) \
	(__builtin_expect(!(condition), 0) ? holds_not(#condition, __FILE__, __LINE__, __func__) \
					   : (void)0)

NORETURN void holds_not(const char *condition, const char *file, int line, const char *function);

#endif
