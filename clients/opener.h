/*
 * Opening an address in the person's browser: $BROWSER first (a list separated
 * by colons, "%s" being the address), then the programs desktops bring.  No shell
 * is involved, the address is one argument, and only http, https and files are opened.
 */
#ifndef CLIENTS_OPENER_H
#define CLIENTS_OPENER_H

#include "lib/base/diag.h"
#include "lib/base/str.h"

#include <sys/types.h>

/* True if $BROWSER names something that can be run; if anything at all can. */
bool client_opener_is_named(void);
bool client_opener_exists(void);

/* A program that was started.  Many end at once and leave the browser behind;
 * some stay as long as it does. */
struct opener {
	pid_t pid;
	int fd;           /* readable when it has ended; -1 if that cannot be told */
	const char *name; /* what was run */
};

/* ERR_NO_ROW: nothing here opens addresses.  The program is not waited for. */
MUST_USE enum err client_opener_start(
	struct arena *, struct str url, struct opener *ret, struct diag *);
/* Once fd is readable: true if it could not open the address. */
bool client_opener_failed(struct opener *);
void client_opener_close(struct opener *);

#endif
