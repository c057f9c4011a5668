/* dlopen(3), once per library. */
#include "lib/base/library.h"

#include <dlfcn.h>
#include <string.h>

/* ISO C has no conversion from an object pointer to a function pointer; POSIX
 * promises that the bytes are the same. */
static bool
fill(struct library *library)
{
	void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return false;
	for (size_t i = 0; i < library->count; i++) {
		void *symbol = dlsym(handle, library->symbols[i].name);

		if (!symbol) {
			(void)dlclose(handle);
			return false;
		}
		memcpy((char *)library->functions + library->symbols[i].offset, &symbol,
			sizeof symbol);
	}
	return true;
}

enum err
library_load(struct library *library, enum err otherwise, struct diag *diag)
{
	bool is_loaded;

	(void)pthread_mutex_lock(&library->lock);
	if (!library->is_loaded)
		library->is_loaded = fill(library);
	is_loaded = library->is_loaded;
	(void)pthread_mutex_unlock(&library->lock);
	if (is_loaded)
		return OK;
	return diag_set(diag, otherwise, "%s cannot be loaded: install Debian's %s package",
		library->file, library->package);
}
