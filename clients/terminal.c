/* Judges the terminal and cleans what is shown on it. */
#include "clients/terminal.h"

#include "lib/base/buf.h"

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

/* The length of the sequence that begins here, by its first byte; 0 if none. */
static size_t
sequence_size(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

static uint32_t
decode(struct str sequence)
{
	const unsigned char *p = (const unsigned char *)sequence.p;
	static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t point = p[0] & mask[sequence.n];

	for (size_t i = 1; i < sequence.n; i++)
		point = point << 6 | (p[i] & 0x3f);
	return point;
}

static bool
is_harmless(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} refused[] = {
		{0x00, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, /* soft hyphen */
		{0x61c, 0x61c},                           /* Arabic letter mark */
		{0x200b, 0x200f},                         /* zero width, directional marks */
		{0x2028, 0x202e},   /* line and paragraph separators, embeddings */
		{0x2060, 0x206f},   /* word joiner, isolates */
		{0xfeff, 0xfeff},   /* byte order mark */
		{0xfff9, 0xfffb},   /* interlinear annotation */
		{0xe0000, 0xe0fff}, /* tags */
	};

	for (size_t i = 0; i < countof(refused); i++)
		if (point >= refused[i].first && point <= refused[i].last)
			return false;
	return true;
}

struct str
client_terminal_clean(struct arena *arena, struct str text, bool utf8)
{
	struct buf out;

	buf_init(&out, arena, text.n);
	while (text.n) {
		size_t n = sequence_size((unsigned char)text.p[0]);
		struct str sequence = str_first(text, n ? n : 1);
		bool good = n && sequence.n == n && (n == 1 || (utf8 && str_is_utf8(sequence)));

		if (good && is_harmless(decode(sequence))) {
			buf_add(&out, sequence);
			text = str_from(text, n);
			continue;
		}
		buf_add_char(&out, '?');
		/* An ill-formed byte alone, a refused character as a whole. */
		text = str_from(text, n && sequence.n == n && str_is_utf8(sequence) ? n : 1);
	}
	return buf_str(&out);
}
