/* One line from standard input, for secrets and pasted addresses: what is behind
 * it stays unread. */
#ifndef CLIENTS_LINE_H
#define CLIENTS_LINE_H

#include "lib/base/str.h"

/* Without the line end, trimmed.  ERR_TOO_LONG at max bytes; ERR_CANCELLED if
 * cancel_fd (0: none) becomes readable; ERR_NO_ROW if the input ends before anything came. */
MUST_USE enum err client_line_read(struct arena *, size_t max, int cancel_fd, struct str *ret);

#endif
