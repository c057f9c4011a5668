/*
 * The first screen by number: how the server goes, in words and numbers, and what waits for
 * somebody. It is drawn by hand: it is made of more than one answer.
 */
#ifndef ADMIN_TUI_OVERVIEW_H
#define ADMIN_TUI_OVERVIEW_H

#include "admin-tui/console.h"

struct tui_view *tui_overview_new(struct tui *);

#endif
