/*
 * The console's model: what is shown, what is asked, what a key does.  It draws on a canvas
 * and knows no terminal.
 *
 * Screens are views on a stack; a dialog may stand in front of them, and a line that is being
 * typed below them.  All of it is driven from outside:
 *
 *	tui_key(tui, &key);         somebody has pressed something
 *	tui_poll(tui);              answers may have come, time has passed
 *	tui_draw(tui);              tui->canvas is what is to be seen
 *
 * Nothing here waits.  Requests are begun and answered later (ask.h).  Time is tui->now_ms,
 * which the driver sets.
 */
#ifndef ADMIN_TUI_CONSOLE_H
#define ADMIN_TUI_CONSOLE_H

#include "admin-tui/action.h"
#include "admin-tui/canvas.h"
#include "admin-tui/line.h"
#include "lib/door/door.h"

enum {
	TUI_VIEWS_MAX = 24,
	TUI_ID_MAX = 160,
	TUI_REFRESH_MS = 5000,
	/* Nobody has touched it for ten minutes: each look leaves a row in the trail. */
	TUI_UNTOUCHED_MS = 600 * 1000,
	TUI_REFRESH_UNTOUCHED_MS = 60 * 1000,
	TUI_ROWS_MIN = 16,
	TUI_COLUMNS_MIN = 60,
	TUI_SPLIT_COLUMNS = 110, /* from here on, list and detail stand side by side */
};

struct tui;
struct tui_view;
struct tui_dialog;
struct tui_request;

struct tui_options {
	bool read_only;
	bool ascii;
	bool is_first;                       /* until the help is opened, a hint says how */
	const struct tui_settings *settings; /* NULL: the defaults */
};

/* A row that an operation may be done to. */
struct tui_subject {
	const struct resource *resource; /* NULL: there is none */
	const struct json *row;
	const struct resource *parent; /* whose list it stands in, or NULL */
	struct str parent_id, parent_name;
};

struct tui_view_kind {
	void (*draw)(struct tui *, struct tui_view *, struct tui_box, bool is_focused);
	/* True if it was its. */
	bool (*act)(struct tui *, struct tui_view *, enum tui_action, const struct tui_key *);
	/* Called often; is_due: what it shows should be asked for again. */
	void (*tick)(struct tui *, struct tui_view *, bool is_due);
	void (*title)(const struct tui_view *, struct buf *);
	/* What stands below: filter, count, sort. */
	void (*status)(struct tui *, struct tui_view *, struct buf *);
	struct tui_subject (*subject)(struct tui_view *);
	/* A line that was typed for it has another text, or is done. */
	void (*typed)(struct tui *, struct tui_view *, enum tui_action, struct str, bool is_done);
	void (*free)(struct tui *, struct tui_view *);
	unsigned places;
};

struct tui_view {
	const struct tui_view_kind *kind;
	int screen; /* which number leads here; -1: none */
};

enum tui_times { TIMES_AGE, TIMES_LOCAL, TIMES_UTC, TIMES_COUNT };

struct tui_note {
	char text[400];
	enum tui_role role;
	int64_t until_ms; /* 0: until the next */
};

/* What the last operation could be undone with. */
struct tui_undo {
	const struct op *op;
	char ids[DOOR_IDS_MAX][TUI_ID_MAX];
	char what[TUI_ID_MAX];
};

struct tui {
	struct door *door;
	struct tui_options options;
	struct tui_keymap keymap;
	struct tui_canvas canvas;
	int64_t now_ms;  /* monotonic */
	int64_t wall_ms; /* for ages */

	struct tui_view *views[TUI_VIEWS_MAX];
	size_t view_count;
	struct tui_dialog *dialog; /* the topmost; others behind it */
	struct tui_request *requests;

	enum tui_action typing; /* SEARCH, FILTER, COMMAND; NONE: nothing is being typed */
	struct tui_line line;
	struct tui_history *history;
	bool is_pasting;

	struct tui_note note;
	struct tui_undo undo;
	enum tui_times times;

	bool is_connected, was_connected;
	char trouble[300];    /* why nobody answers */
	int64_t retry_ms;     /* when to try again */
	int64_t pause_ms;     /* how long the last pause was */
	int64_t refreshed_ms; /* when an answer came last */
	int64_t due_ms;       /* when to ask again */
	int64_t touched_ms;   /* when somebody pressed a key last */
	int clients_pending;  /* as told last; -1: unknown */

	bool is_dirty;
	bool quits;
	/* What the driver is to do with the terminal, once. */
	bool wants_redraw, wants_suspend;
	struct secret *wants_copy;
};

struct tui *tui_new(struct door *, const struct tui_options *);
void tui_free(struct tui *);

void tui_key(struct tui *, const struct tui_key *);
void tui_poll(struct tui *);
void tui_draw(struct tui *, int rows, int columns);
/* How long nothing will happen by itself. */
int tui_timeout_ms(const struct tui *);

/* ---- for views and dialogs ---- */

struct tui_view *tui_top(const struct tui *);
/* Puts a view on the stack; the oldest goes when there are too many. */
void tui_push(struct tui *, struct tui_view *);
void tui_pop(struct tui *);
/* Goes to the screen of that number. */
void tui_go(struct tui *, int number);
/* A message in the last line. */
void tui_say(struct tui *, enum tui_role, const char *format, ...) PRINTF_LIKE(3, 4);
/* Asks for a copy to the clipboard. */
void tui_copy(struct tui *, struct str text);
bool tui_may_write(const struct tui *);
/* What is shown is asked for again, now. */
void tui_refresh(struct tui *);

#endif
