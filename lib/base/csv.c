/* CSV, written to a buffer. */
#include "lib/base/csv.h"

#include <string.h>

void
csv_cell(struct buf *out, struct str text, bool is_last)
{
	buf_add_char(out, '"');
	if (text.n && strchr("=+-@\t\r", text.p[0]))
		buf_add_char(out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, text.p[i]);
	}
	buf_add_c(out, is_last ? "\"\r\n" : "\",");
}
