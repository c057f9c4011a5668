/* dlopen(3), once per library. */
#include "lib/base/library.h"

#include <dlfcn.h>
#include <string.h>

static void
put(const struct library *library, size_t i, const void *pointer)
{
	memcpy((char *)library->functions + library->symbols[i].offset, pointer, sizeof(void *));
}

static const struct library_linked *
find_linked(const char *name)
{
	for (const struct library_linked *l = library_linked; l && l->name; l++)
		if (strcmp(l->name, name) == 0)
			return l;
	return NULL;
}

bool
library_is_linked(const struct library *library)
{
	return find_linked(library->symbols[0].name) != NULL;
}

/* What is linked for one function is linked for all: else the program would not link. */
static bool
fill_linked(struct library *library)
{
	for (size_t i = 0; i < library->count; i++) {
		const struct library_linked *l = find_linked(library->symbols[i].name);

		if (!l)
			return false;
		put(library, i, &l->function);
	}
	return true;
}

/* ISO C has no conversion from an object pointer to a function pointer; POSIX
 * promises that the bytes are the same. */
static bool
fill(struct library *library)
{
	void *handle;

	if (library_is_linked(library))
		return fill_linked(library);
	handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return false;
	for (size_t i = 0; i < library->count; i++) {
		void *symbol = dlsym(handle, library->symbols[i].name);

		if (!symbol) {
			(void)dlclose(handle);
			return false;
		}
		put(library, i, &symbol);
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
