/* curses, signals, and what a terminal is told beside it. */
#include "admin-tui/terminal.h"

#include "lib/base/buf.h"
#include "lib/base/secret.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	ESCAPE_DELAY_MS = 25,
	ESCAPE_DELAY_MAX_MS = 10000,
	IDLE_READS_MAX = 200, /* readable, and yet no key: the terminal is gone */
	COPY_MAX = 74994,     /* what terminals take of OSC 52 */
	NOTES_MAX = 64 * 1024,
};

enum look { LOOK_PLAIN = 0, LOOK_BOLD = 1, LOOK_UNDERLINE = 2, LOOK_REVERSE = 4, LOOK_DIM = 8 };

struct role_look {
	int16_t many[2], few[2];
	unsigned mono;
};

static const struct role_look role_looks[ROLE_COUNT] = {
#define ROLE(id, name, many_fg, many_bg, few_fg, few_bg, mono) \
	{{many_fg, many_bg}, {few_fg, few_bg}, mono},
#include "admin-tui/roles.def"
};

struct tui_terminal {
	SCREEN *screen;
	struct tui_cell *shown; /* of the last painting */
	int rows, columns;
	attr_t attributes[ROLE_COUNT];
	int16_t pairs[ROLE_COUNT];
	int idle_reads;
	int notes, errors; /* standard error: where it goes, and where it went */
	bool no_color;
};

/* Of the process, as signals and curses are. */
static volatile sig_atomic_t asked_to_end;
static struct tui_terminal *in_use;

/* ---- what can be drawn upon ---- */

const char *
tui_terminal_problem(void)
{
	const char *type = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return "the console needs a terminal";
	if (!type || !*type)
		return "the console needs to know the terminal: TERM is not set";
	if (!strcmp(type, "dumb"))
		return "the console cannot draw on a terminal of TERM=dumb";
	return NULL;
}

/* The environment may name a locale that this machine does not have. */
bool
tui_terminal_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *said = NULL;

	if (setlocale(LC_CTYPE, ""))
		return !strcmp(nl_langinfo(CODESET), "UTF-8");
	for (size_t i = 0; i < countof(names) && !(said && *said); i++)
		said = getenv(names[i]);
	if (said && (strstr(said, "UTF-8") || strstr(said, "utf8")) &&
		setlocale(LC_CTYPE, "C.UTF-8"))
		return true;
	(void)setlocale(LC_CTYPE, "C");
	return false;
}

/* ---- signals ---- */

static void
on_end(int number)
{
	asked_to_end = number;
}

/* Copies what was written to standard error to where it should have gone. */
static void
give_back_errors(struct tui_terminal *t)
{
	char bytes[4096];
	ssize_t n;
	size_t total = 0;

	if (t->errors < 0)
		return;
	(void)!dup2(t->errors, STDERR_FILENO);
	if (lseek(t->notes, 0, SEEK_SET) == 0)
		while (total < NOTES_MAX && (n = read(t->notes, bytes, sizeof bytes)) > 0) {
			(void)!write(STDERR_FILENO, bytes, (size_t)n);
			total += (size_t)n;
		}
}

/* Not all of this may be called in a handler; what would be lost otherwise is the terminal. */
static void
on_crash(int number)
{
	struct tui_terminal *t = in_use;

	in_use = NULL;
	if (t) {
		(void)endwin();
		give_back_errors(t);
	}
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static void
catch_signals(bool is_on)
{
	static const int ends[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
	static const int crashes[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
	struct sigaction end = {.sa_handler = is_on ? on_end : SIG_DFL};
	struct sigaction crash = {
		.sa_handler = is_on ? on_crash : SIG_DFL, .sa_flags = (int)SA_RESETHAND};
	struct sigaction before;

	for (size_t i = 0; i < countof(ends); i++)
		(void)sigaction(ends[i], &end, NULL);
	/* A sanitizer's own handlers tell more. */
	for (size_t i = 0; i < countof(crashes); i++)
		if (!sigaction(crashes[i], NULL, &before) &&
			(before.sa_handler == SIG_DFL || before.sa_handler == on_crash))
			(void)sigaction(crashes[i], &crash, NULL);
	(void)signal(SIGPIPE, is_on ? SIG_IGN : SIG_DFL);
}

/* ---- looks ---- */

static attr_t
attributes_of(unsigned looks)
{
	attr_t a = 0;

	if (looks & LOOK_BOLD)
		a |= A_BOLD;
	if (looks & LOOK_UNDERLINE)
		a |= A_UNDERLINE;
	if (looks & LOOK_REVERSE)
		a |= A_REVERSE;
	if (looks & LOOK_DIM)
		a |= A_DIM;
	return a;
}

/* 256 colours, or the nearest of 8; without colours the meaning is in attributes. */
static void
choose_looks(struct tui_terminal *t, const struct tui_terminal_options *o)
{
	bool colors = !o->no_color && has_colors() && start_color() == OK;

	t->no_color = !colors;
	if (colors)
		(void)use_default_colors();
	for (int role = 0; role < ROLE_COUNT; role++) {
		const struct role_look *look = &role_looks[role];
		const int16_t *pair = COLORS >= 256 ? look->many : look->few;
		const struct tui_look *own =
			o->looks && o->looks[role].is_set ? &o->looks[role] : NULL;
		int16_t fg = own ? own->foreground : pair[0], bg = own ? own->background : pair[1];

		t->pairs[role] = 0;
		t->attributes[role] = attributes_of(look->mono);
		if (!colors)
			continue;
		if (fg < COLORS && bg < COLORS && role + 1 < COLOR_PAIRS &&
			init_pair((short)(role + 1), fg, bg) != ERR)
			t->pairs[role] = (int16_t)(role + 1);
		if (t->pairs[role])
			t->attributes[role] &= A_BOLD | (bg < 0 ? A_UNDERLINE : 0);
	}
}

/* ---- life ---- */

/* Libraries write to standard error; on a screen that is dirt. */
static void
keep_errors(struct tui_terminal *t)
{
	t->notes = memfd_create("authgate-notes", MFD_CLOEXEC);
	t->errors = -1;
	if (t->notes < 0)
		return;
	t->errors = dup(STDERR_FILENO);
	if (t->errors >= 0)
		(void)!dup2(t->notes, STDERR_FILENO);
}

/* Straight to the terminal, between two paintings. */
static void
tell(const char *text)
{
	(void)putp(text);
	(void)fflush(stdout);
}

/* As curses reads it by itself where nobody sets another. */
static int
escape_delay_ms(void)
{
	int64_t ms;

	if (str_to_i64(str_of(getenv("ESCDELAY")), &ms) || ms < 0 || ms > ESCAPE_DELAY_MAX_MS)
		return ESCAPE_DELAY_MS;
	return (int)ms;
}

/* Explicit mode (ECMA-48, BDSM): a terminal that orders right-to-left text by itself
 * would let a name reorder its neighbours.  Bracketed paste: what is pasted is no keys. */
#define MODES_ON  "\033[8l\033[?2004h"
#define MODES_OFF "\033[8h\033[?2004l"

static void
set_modes(struct tui_terminal *t, bool no_mouse)
{
	const char *type = termname();

	set_escdelay(escape_delay_ms());
	(void)raw();
	(void)noecho();
	(void)nonl();
	(void)nodelay(stdscr, TRUE);
	(void)keypad(stdscr, TRUE);
	(void)meta(stdscr, TRUE);
	(void)leaveok(stdscr, FALSE);
	(void)define_key("\033[200~", KEY_MAX + 1);
	(void)define_key("\033[201~", KEY_MAX + 2);
	(void)define_key("\033[I", KEY_MAX + 3);
	(void)define_key("\033[O", KEY_MAX + 3);
	/* On a Linux console curses would load the library of gpm, which leaks what it opens. */
	if (!no_mouse && strncmp(type, "linux", 5) != 0) {
		(void)mousemask(BUTTON1_CLICKED | BUTTON1_PRESSED | BUTTON1_DOUBLE_CLICKED |
					BUTTON4_PRESSED | BUTTON5_PRESSED,
			NULL);
		(void)mouseinterval(0);
	}
	if (strncmp(type, "vt", 2) != 0 && strncmp(type, "linux", 5) != 0)
		tell(MODES_ON);
	(void)t;
}

enum err
tui_terminal_start(
	const struct tui_terminal_options *o, struct tui_terminal **ret, struct diag *diag)
{
	struct tui_terminal *t = xcalloc(1, sizeof *t);

	t->screen = newterm(NULL, stdout, stdin);
	if (!t->screen) {
		const char *type = getenv("TERM");

		free(t);
		return diag_set(diag, ERR_NOT_FOUND,
			"the console does not know the terminal TERM=%s", type ? type : "");
	}
	asked_to_end = 0;
	in_use = t;
	catch_signals(true);
	keep_errors(t);
	set_modes(t, o->no_mouse);
	choose_looks(t, o);
	(void)clear();
	*ret = t;
	return OK;
}

void
tui_terminal_stop(struct tui_terminal *t)
{
	const char *type;

	if (!t)
		return;
	type = termname();
	if (strncmp(type, "vt", 2) != 0 && strncmp(type, "linux", 5) != 0)
		tell(MODES_OFF);
	(void)endwin();
	in_use = NULL;
	catch_signals(false);
	give_back_errors(t);
	if (t->errors >= 0)
		(void)close(t->errors);
	if (t->notes >= 0)
		(void)close(t->notes);
	delscreen(t->screen);
	wipe(t->shown, (size_t)t->rows * (size_t)t->columns * sizeof *t->shown);
	free(t->shown);
	free(t);
}

int
tui_terminal_signal(const struct tui_terminal *t)
{
	return t->idle_reads > IDLE_READS_MAX ? SIGHUP : asked_to_end;
}

/* ---- painting ---- */

void
tui_terminal_size(const struct tui_terminal *t, int *ret_rows, int *ret_columns)
{
	(void)t;
	*ret_rows = LINES;
	*ret_columns = COLS;
}

void
tui_terminal_redraw(struct tui_terminal *t)
{
	t->rows = t->columns = 0;
	(void)clearok(curscr, TRUE);
}

static void
paint_cell(struct tui_terminal *t, int row, int column, const struct tui_cell *cell)
{
	wchar_t text[TUI_POINTS_MAX + 1] = {0};
	cchar_t out;

	for (size_t i = 0; i < TUI_POINTS_MAX; i++)
		text[i] = (wchar_t)cell->points[i];
	if (setcchar(&out, text, t->attributes[cell->role], t->pairs[cell->role], NULL) == OK)
		(void)mvadd_wchnstr(row, column, &out, 1);
}

static void
paint_row(struct tui_terminal *t, const struct tui_canvas *c, int row)
{
	size_t columns = (size_t)c->columns;
	const struct tui_cell *now = c->cells + (size_t)row * columns;
	struct tui_cell *before = t->shown + (size_t)row * columns;

	if (!memcmp(now, before, columns * sizeof *now))
		return;
	for (int i = 0; i < c->columns; i++)
		if (now[i].points[0])
			paint_cell(t, row, i, &now[i]);
	memcpy(before, now, columns * sizeof *now);
}

void
tui_terminal_paint(struct tui_terminal *t, const struct tui_canvas *c)
{
	size_t bytes = (size_t)c->rows * (size_t)c->columns * sizeof *t->shown;

	if (c->rows != t->rows || c->columns != t->columns) {
		t->shown = xrealloc(t->shown, bytes);
		memset(t->shown, 0, bytes);
		t->rows = c->rows;
		t->columns = c->columns;
		(void)erase();
	}
	for (int row = 0; row < c->rows; row++)
		paint_row(t, c, row);
	(void)move(c->cursor_row, c->cursor_column);
	(void)refresh();
}

void
tui_terminal_suspend(struct tui_terminal *t)
{
	(void)endwin();
	(void)raise(SIGTSTP);
	tui_terminal_redraw(t);
	(void)refresh();
}

/* ---- the clipboard ---- */

static void
add_base64(struct buf *out, struct str text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < text.n; i += 3) {
		unsigned bits = (unsigned)(unsigned char)text.p[i] << 16;

		if (i + 1 < text.n)
			bits |= (unsigned)(unsigned char)text.p[i + 1] << 8;
		if (i + 2 < text.n)
			bits |= (unsigned char)text.p[i + 2];
		buf_add_char(out, digits[bits >> 18]);
		buf_add_char(out, digits[bits >> 12 & 63]);
		buf_add_char(out, i + 1 < text.n ? digits[bits >> 6 & 63] : '=');
		buf_add_char(out, i + 2 < text.n ? digits[bits & 63] : '=');
	}
}

bool
tui_terminal_copy(struct tui_terminal *t, struct str text)
{
	struct arena arena = {0};
	struct buf out;

	(void)t;
	if (text.n > COPY_MAX / 4 * 3 - 16)
		return false;
	buf_init(&out, &arena, COPY_MAX + 64);
	buf_add_c(&out, "\033]52;c;");
	add_base64(&out, text);
	buf_add_char(&out, '\a');
	(void)fwrite(out.p, 1, out.n, stdout);
	(void)fflush(stdout);
	wipe(out.p, out.n);
	arena_free(&arena);
	return true;
}

/* ---- keys ---- */

static const struct {
	int curses;
	uint32_t code;
} specials[] = {
	{KEY_UP, TUI_KEY_UP},
	{KEY_DOWN, TUI_KEY_DOWN},
	{KEY_LEFT, TUI_KEY_LEFT},
	{KEY_RIGHT, TUI_KEY_RIGHT},
	{KEY_HOME, TUI_KEY_HOME},
	{KEY_FIND, TUI_KEY_HOME},
	{KEY_END, TUI_KEY_END},
	{KEY_SELECT, TUI_KEY_END},
	{KEY_PPAGE, TUI_KEY_PAGE_UP},
	{KEY_NPAGE, TUI_KEY_PAGE_DOWN},
	{KEY_BACKSPACE, TUI_KEY_BACKSPACE},
	{KEY_DC, TUI_KEY_DELETE},
	{KEY_BTAB, TUI_KEY_BACK_TAB},
	{KEY_ENTER, TUI_KEY_ENTER},
	{KEY_RESIZE, TUI_KEY_RESIZE},
	{KEY_MAX + 1, TUI_KEY_PASTE_BEGIN},
	{KEY_MAX + 2, TUI_KEY_PASTE_END},
};

static uint32_t
special_of(int curses)
{
	for (size_t i = 0; i < countof(specials); i++)
		if (specials[i].curses == curses)
			return specials[i].code;
	if (curses >= KEY_F(1) && curses <= KEY_F(12))
		return TUI_KEY_F1 + (uint32_t)(curses - KEY_F(1));
	return 0;
}

static uint32_t
mouse_of(struct tui_key *key)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return 0;
	key->row = event.y;
	key->column = event.x;
	key->twice = event.bstate & BUTTON1_DOUBLE_CLICKED;
	if (event.bstate & BUTTON4_PRESSED)
		return TUI_KEY_WHEEL_UP;
	if (event.bstate & BUTTON5_PRESSED)
		return TUI_KEY_WHEEL_DOWN;
	return event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED)
		       ? TUI_KEY_CLICK
		       : 0;
}

static uint32_t
plain_of(wint_t c)
{
	if (c == 127 || c == 8)
		return TUI_KEY_BACKSPACE;
	if (c == '\n')
		return TUI_KEY_ENTER;
	return (uint32_t)c;
}

bool
tui_terminal_key(struct tui_terminal *t, struct tui_key *ret)
{
	wint_t c;
	int kind;

	while ((kind = get_wch(&c)) != ERR) {
		*ret = (struct tui_key){0};
		if (kind != KEY_CODE_YES)
			ret->code = plain_of(c);
		else
			ret->code = c == KEY_MOUSE ? mouse_of(ret) : special_of((int)c);
		if (ret->code)
			return true;
	}
	(void)t;
	return false;
}

void
tui_terminal_read(struct tui_terminal *t, bool was_readable, bool has_read)
{
	t->idle_reads = was_readable && !has_read ? t->idle_reads + 1 : 0;
}
