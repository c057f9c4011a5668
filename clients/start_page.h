/*
 * A page on the disk that sends a browser to an address, for its owner's eyes only.
 *
 * What a program is given as an argument, every user of the machine can read, and be
 * faster with than a browser that has to start.  So the argument is the name of this
 * file (mode 0600), and the address is in it.
 */
#ifndef CLIENTS_START_PAGE_H
#define CLIENTS_START_PAGE_H

#include "lib/base/diag.h"
#include "lib/base/str.h"

struct start_page {
	const char *path;
	struct str url; /* of the file */
};

/* Written where a browser can read it: $XDG_RUNTIME_DIR, or the directory of sign-ins; the
 * home directory where browsers come as snaps, which see little else.  ERR_IO. */
MUST_USE enum err client_start_page_write(
	struct arena *, struct str address, struct start_page *ret, struct diag *);
/* Deletes it; nothing to do if it was never written. */
void client_start_page_remove(struct start_page *);

#endif
