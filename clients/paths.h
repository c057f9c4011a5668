/* Where a user's files go (XDG Base Directory Specification). */
#ifndef CLIENTS_PATHS_H
#define CLIENTS_PATHS_H

#include "lib/base/arena.h"
#include "lib/base/diag.h"

/* $variable/tail, or $HOME/fallback/tail; NULL if neither is absolute: relative
 * values are to be ignored. */
const char *client_path(
	struct arena *, const char *variable, const char *fallback, const char *tail);
/* mkdir -p, each new part for ourselves only.  ERR_IO. */
MUST_USE enum err client_path_make(struct arena *, const char *path, struct diag *);

#endif
