/*
 * struct library: a shared library that is loaded when its first use comes.
 *
 * What some of them bring along (a second TLS library, Kerberos, LDAP) is memory
 * and start-up time for every process that never comes to that use.  A home of
 * such a library lists the functions it takes, and calls them through a struct:
 *
 *	static const struct library_symbol symbols[] = {{"PQexec", offsetof(struct libpq, exec)}};
 *	static struct libpq functions;
 *	static struct library library = LIBRARY("libpq.so.5", "libpq5", symbols, &functions);
 */
#ifndef LIB_BASE_LIBRARY_H
#define LIB_BASE_LIBRARY_H

#include "lib/base/diag.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct library_symbol {
	const char *name;
	size_t offset; /* where its pointer goes, in the struct of functions */
};

struct library {
	const char *file;    /* "libpq.so.5" */
	const char *package; /* Debian's, for who lacks it */
	const struct library_symbol *symbols;
	size_t count;
	void *functions;
	pthread_mutex_t lock;
	bool is_loaded;
};

#define LIBRARY(file_, package_, symbols_, functions_) \
	{ \
		.file = (file_), .package = (package_), .symbols = (symbols_), \
		.count = countof(symbols_), .functions = (functions_), \
		.lock = PTHREAD_MUTEX_INITIALIZER, \
	}

/* A program that is to run where these libraries are not has them linked in: then this table, of
 * packaging/portable/linked.c, is there, and nothing is loaded. */
struct library_linked {
	const char *name;
	void (*function)(void);
};

extern const struct library_linked library_linked[] __attribute__((weak)); /* ends with a NULL */

/* Whether it is part of the program. */
bool library_is_linked(const struct library *);
/* Loads it and fills the functions, once per process; it is never unloaded.  The
 * error given, with a diag, if it is missing or lacks a symbol.  Any thread. */
MUST_USE enum err library_load(struct library *, enum err otherwise, struct diag *);

#endif
