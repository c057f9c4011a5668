/* Finds and makes directories. */
#include "clients/paths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *
client_path(struct arena *arena, const char *variable, const char *fallback, const char *tail)
{
	const char *base = getenv(variable);
	const char *home = getenv("HOME");

	if (base && base[0] == '/')
		return arena_printf(arena, "%s/%s", base, tail);
	if (home && home[0] == '/')
		return arena_printf(arena, "%s/%s/%s", home, fallback, tail);
	return NULL;
}

enum err
client_path_make(struct arena *arena, const char *path, struct diag *diag)
{
	char *part = arena_copy(arena, path, strlen(path));

	for (char *slash = part + 1;; slash++) {
		char kept = *slash;

		if (kept != '/' && kept)
			continue;
		*slash = '\0';
		if (mkdir(part, 0700) && errno != EEXIST)
			return diag_set(
				diag, ERR_IO, "%s: cannot be created: %s", part, strerror(errno));
		if (!kept)
			return OK;
		*slash = kept;
	}
}
