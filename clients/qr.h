/*
 * A QR code as text: two modules in one character cell, quiet zone of two.
 *
 * Scanners want dark on light.  With colours both are set explicitly, so it
 * reads the same on dark and light terminals; without, light modules are drawn
 * with the foreground, which is right on dark terminals.
 */
#ifndef CLIENTS_QR_H
#define CLIENTS_QR_H

#include "clients/terminal.h"
#include "lib/base/buf.h"

enum qr_when { QR_AUTO, QR_ALWAYS, QR_NEVER };

/* "auto", "always", "never". */
MUST_USE enum err client_qr_when_parse(struct str, enum qr_when *ret);

/* Appends the code of text, each line indented by two, if it should be shown:
 * never without UTF-8 or when too wide; with QR_AUTO only on a terminal that
 * moves and has room for it under lines_used other lines.  False: nothing
 * was appended. */
bool client_qr_write(
	struct buf *, struct str text, enum qr_when, const struct terminal *, int lines_used);

#endif
