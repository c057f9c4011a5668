/* Loads libpq. */
#include "lib/store/libpq.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct libpq functions;
static bool loaded;

/* ISO C has no conversion from an object pointer to a function pointer; POSIX
 * promises that the bytes are the same. */
static bool
find(void *library, const char *name, void *function, size_t size)
{
	void *symbol = dlsym(library, name);

	memcpy(function, &symbol, size);
	return symbol != NULL;
}

static void
load(void)
{
	void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return;
#define F(name) \
	if (!find(library, "PQ" #name, &functions.name, sizeof functions.name)) \
		return;
	LIBPQ_FUNCTIONS(F)
#undef F
	loaded = true;
}

enum err
libpq_load(struct diag *diag)
{
	if (!pthread_once(&once, load) && loaded)
		return OK;
	return diag_set(
		diag, ERR_STORE, "libpq.so.5 cannot be loaded: install Debian's libpq5 package");
}

const struct libpq *
pq(void)
{
	return &functions;
}
