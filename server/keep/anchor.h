/*
 * Where heads of the audit chains are written down outside of the database
 * (audit.anchor), one line each: a file, which may be append-only or on
 * another machine, or the journal of systemd.
 */
#ifndef SERVER_KEEP_ANCHOR_H
#define SERVER_KEEP_ANCHOR_H

#include "lib/base/diag.h"
#include "lib/base/str.h"

/* where is "off", "file:PATH" or "journald". */
MUST_USE enum err anchor_write(struct arena *, struct str where, struct str line, struct diag *);

#endif
