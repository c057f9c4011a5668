/* Writing rows of the admin API as files for other programs. */
#ifndef CMD_ADMIN_EXPORT_H
#define CMD_ADMIN_EXPORT_H

#include "lib/base/json.h"

#include <stdbool.h>
#include <stdio.h>

/* One line: RFC 4180, every cell quoted, CRLF.  A cell that a spreadsheet would
 * take for a formula begins with an apostrophe. */
void admin_export_csv(FILE *, const char *const columns[], const struct json *row);
/* The names of the columns as such a line. */
void admin_export_csv_head(FILE *, const char *const columns[]);
/* One object on one line. */
void admin_export_jsonl(
	FILE *, struct arena *, const char *const columns[], const struct json *row);

#endif
