/* Loads libcurl. */
#include "lib/http/libcurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct libcurl functions;
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
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return;
#define F(name) \
	if (!find(library, "curl_" #name, &functions.name, sizeof functions.name)) \
		return;
	LIBCURL_FUNCTIONS(F)
#undef F
	loaded = functions.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

const struct libcurl *
libcurl_get(struct diag *diag)
{
	if (!pthread_once(&once, load) && loaded)
		return &functions;
	(void)diag_set(diag, ERR_NETWORK,
		"libcurl.so.4 cannot be loaded: install Debian's libcurl4 package");
	return NULL;
}
