/*
 * The command line behind ':'.
 *
 *	:clients            a screen, with a filter behind it: ":tokens user:mia active:true"
 *	:user mia           one thing, by id or name
 *	:disable            an operation on what is selected
 *	:help, :quit
 */
#ifndef ADMIN_TUI_COMMAND_H
#define ADMIN_TUI_COMMAND_H

#include "admin-tui/console.h"

enum { TUI_HISTORY_MAX = 50 };

struct tui_history;
struct tui_history *tui_history_new(void);
void tui_history_free(struct tui_history *);

/* Does what the text says, or says why not. */
void tui_command(struct tui *, struct str text);
/* Tab completes, Up and Down walk through what was typed before; false for other keys. */
bool tui_command_key(struct tui *, uint32_t code);

#endif
