/*
 * Operations of lib/ops, done to what is selected.
 *
 * An offer is which of them make sense there: their path can be filled from the row and from
 * whose list it stands in, and the row is in a state in which they do something (WHEN of lib/ops).
 */
#ifndef ADMIN_TUI_OPERATE_H
#define ADMIN_TUI_OPERATE_H

#include "admin-tui/console.h"

struct tui_offer {
	struct tui_subject subject;
};

struct tui_offer tui_offer_of(struct tui_view *);
/* The i-th that is offered; NULL behind the last. */
const struct op *tui_offer_op(const struct tui_offer *, size_t i);
/* By its key, or by its verb; NULL if it is not offered. */
const struct op *tui_offer_key(const struct tui_offer *, uint32_t code);
const struct op *tui_offer_verb(const struct tui_offer *, struct str verb);
/* What takes the place of the i-th parameter of its path; empty if nothing does. */
struct str tui_offer_id(const struct tui_offer *, const struct op *, size_t i, struct arena *);
/* Begins one: asks what has to be asked first. */
void tui_operate(struct tui *, const struct tui_offer *, const struct op *);
/* The opposite of what was done last. */
void tui_undo(struct tui *);

#endif
