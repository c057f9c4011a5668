/*
 * The few things C11 does not say by itself: attributes, and the two macros
 * every file would otherwise write again.  GNU extensions live here only.
 */
#ifndef LIB_BASE_COMPILER_H
#define LIB_BASE_COMPILER_H

#define MUST_USE          __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN          __attribute__((noreturn))
#define UNUSED            __attribute__((unused))

#define countof(array) (sizeof(array) / sizeof((array)[0]))

#endif
