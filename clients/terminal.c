/* Judges the terminal and cleans what is shown on it. */
#include "clients/terminal.h"

#include "lib/base/display.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_COLUMNS = 80, DEFAULT_ROWS = 24, LARGEST_SIZE = 10000 };

static struct str
environment(const char *name)
{
	return str_of(getenv(name));
}

static bool
locale_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	/* The first that is set decides, as in setlocale(3). */
	for (size_t i = 0; i < countof(names); i++) {
		struct str locale = environment(names[i]);

		if (str_empty(locale))
			continue;
		(void)str_cut(&locale, '.');
		locale = str_cut(&locale, '@');
		return str_is_nocase(locale, "UTF-8") || str_is_nocase(locale, "utf8");
	}
	return false;
}

static int
size_from(const char *name, int measured, int fallback)
{
	int64_t value;

	if (measured > 0)
		return measured;
	if (!str_to_i64(environment(name), &value) && value > 0 && value < LARGEST_SIZE)
		return (int)value;
	return fallback;
}

void
client_terminal_look(int fd, struct terminal *ret)
{
	struct str type = environment("TERM");
	struct str force = environment("CLICOLOR_FORCE");
	bool dumb = str_empty(type) || str_is(type, "dumb");
	struct winsize size = {0};
	bool tty = isatty(fd);

	if (tty)
		(void)ioctl(fd, TIOCGWINSZ, &size);
	*ret = (struct terminal){
		.tty = tty,
		.moves = tty && !dumb,
		.color = (tty && !dumb) || (!str_empty(force) && !str_is(force, "0")),
		.utf8 = locale_is_utf8(),
		.columns = size_from("COLUMNS", size.ws_col, DEFAULT_COLUMNS),
		.rows = size_from("LINES", size.ws_row, DEFAULT_ROWS),
	};
	if (!str_empty(environment("NO_COLOR")))
		ret->color = false;
}

struct str
client_terminal_clean(struct arena *arena, struct str text, bool utf8)
{
	return display_clean(arena, text, utf8);
}
