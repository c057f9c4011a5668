/* A secret that is shown once: left only when somebody says that they have it, and overwritten
 * then. */
#ifndef ADMIN_TUI_REVEAL_H
#define ADMIN_TUI_REVEAL_H

#include "admin-tui/dialog.h"

/* From an answer with a secret in it, which is overwritten; false if it has none. */
bool tui_reveal(struct tui *, const struct resource *, struct json *answer, struct str what);

#endif
