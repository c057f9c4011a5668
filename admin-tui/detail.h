/* One row in full: a label and a value for each field, in the order of lib/ops. */
#ifndef ADMIN_TUI_DETAIL_H
#define ADMIN_TUI_DETAIL_H

#include "admin-tui/console.h"

/* From the line *top on, which is corrected; here: which field is selected, or -1.  Returns how
 * many fields there are. */
int tui_detail_draw(struct tui *, const struct resource *, const struct json *row, struct tui_box,
	int *top, int here);
/* The field that is the i-th there. */
const struct op_field *tui_detail_field(const struct resource *, const struct json *row, int i);
/* The noun whose id a member is, such as client_id; NULL if it is none. */
const struct resource *tui_detail_link(const struct resource *, const struct op_field *);

#endif
