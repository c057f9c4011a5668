/* CSV as RFC 4180 has it: every cell quoted, CRLF behind a line. */
#ifndef LIB_BASE_CSV_H
#define LIB_BASE_CSV_H

#include "lib/base/buf.h"

/* One cell, and what separates it from the next or ends the line.  One that a spreadsheet would
 * take for a formula begins with an apostrophe. */
void csv_cell(struct buf *, struct str text, bool is_last);

#endif
