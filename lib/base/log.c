/* One line on the stack, one write(2), no lock and no allocation. */
#include "lib/base/log.h"
#include "lib/base/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* PIPE_BUF: a pipe takes such a line whole, so that lines never mix. */
enum { LINE_MAX_SIZE = 4096, TAIL_SIZE = 8 };

struct line {
	size_t n;
	bool full; /* something was left out; nothing more is added */
	char text[LINE_MAX_SIZE];
};

static _Atomic int log_format_now = LOG_LOGFMT;
static _Atomic int log_least = LOG_INFO;
static _Atomic int log_fd = STDERR_FILENO;

static const char *const level_names[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARNING] = "warning",
	[LOG_ERROR] = "error",
};

void
log_setup(enum log_format format, enum log_level least, int fd)
{
	atomic_store(&log_format_now, (int)format);
	atomic_store(&log_least, (int)least);
	atomic_store(&log_fd, fd);
}

bool
log_enabled(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&log_least, memory_order_relaxed);
}

/* All of it or nothing, so that no escape is cut in half; the tail stays free
 * for what closes the line. */
static void
add(struct line *l, const char *p, size_t n)
{
	if (l->full || n > sizeof l->text - TAIL_SIZE - l->n) {
		l->full = true;
		return;
	}
	memcpy(l->text + l->n, p, n);
	l->n += n;
}

static void
add_c(struct line *l, const char *text)
{
	add(l, text, strlen(text));
}

/* Closes what is open; the reserve makes sure that it fits. */
static void
add_tail(struct line *l, const char *text)
{
	size_t n = strlen(text);

	memcpy(l->text + l->n, text, n);
	l->n += n;
}

static void
add_i64(struct line *l, int64_t value)
{
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char digits[21];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		digits[--at] = '-';
	add(l, digits + at, sizeof digits - at);
}

static void
add_time(struct line *l)
{
	static _Thread_local struct {
		int64_t second;
		char text[21];
	} cache = {-1, ""};
	int64_t now_ms = clock_now_ms();
	int ms = (int)(now_ms % MS_PER_S);
	char tail[] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
		(char)('0' + ms % 10), 'Z'};

	if (now_ms / MS_PER_S != cache.second) {
		clock_format_utc(now_ms, cache.text);
		cache.second = now_ms / MS_PER_S;
	}
	add(l, cache.text, 19);
	add(l, tail, sizeof tail);
}

/* Bytes at the start that can stand as they are: 0 if the first needs an
 * escape.  C1 controls (U+0080 to U+009F) move a terminal like C0 does. */
static size_t
plain_sequence(struct str s)
{
	unsigned char c = (unsigned char)s.p[0];

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f && c != '"' && c != '\\';
	if (c == 0xc2 && s.n > 1 && (unsigned char)s.p[1] < 0xa0)
		return 0;
	return str_utf8_sequence(s);
}

/* Returns the bytes of s that were used up. */
static size_t
add_escape(struct line *l, struct str s)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char c = (unsigned char)s.p[0];
	size_t used = c == 0xc2 && str_utf8_sequence(s) ? 2 : 1;
	char code[] = "\\u00XX";

	if (used == 2)
		c = (unsigned char)s.p[1];
	code[4] = digits[c >> 4];
	code[5] = digits[c & 15];
	if (c == '"' || c == '\\')
		add(l, (char[]){'\\', (char)c}, 2);
	else if (c == '\n')
		add(l, "\\n", 2);
	else if (used == 1 && c >= 0x80)
		add(l, "\\ufffd", 6);
	else
		add(l, code, 6);
	return used;
}

static void
add_quoted(struct line *l, struct str s)
{
	add(l, "\"", 1);
	if (l->full)
		return;
	while (s.n && !l->full) {
		size_t run = 0, n;

		/* Short runs, so that a long text is cut and not left out whole. */
		while (run < s.n && run < 64 && (n = plain_sequence(str_from(s, run))) > 0)
			run += n;
		add(l, s.p, run);
		s = str_from(s, run);
		if (s.n && !plain_sequence(s))
			s = str_from(s, add_escape(l, s));
	}
	add_tail(l, "\"");
}

static bool
needs_quotes(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return true;
	}
	return s.n == 0;
}

static void
add_value(struct line *l, const struct log_field *f, bool json)
{
	if (f->is_number)
		add_i64(l, f->number);
	else if (json || needs_quotes(f->text) || f->text.n > LINE_MAX_SIZE / 4)
		add_quoted(l, f->text);
	else
		add(l, f->text.p, f->text.n);
}

/* The key goes in with its value or not at all. */
static void
add_field(struct line *l, const struct log_field *f, bool json)
{
	size_t before = l->n, value;

	add_c(l, json ? ",\"" : " ");
	add_c(l, f->key);
	add_c(l, json ? "\":" : "=");
	value = l->n;
	if (!l->full)
		add_value(l, f, json);
	if (l->full && (l->n == value || l->n < before + 3))
		l->n = before;
}

static void
add_head(struct line *l, enum log_level level, const char *message, bool json)
{
	add_c(l, json ? "{\"time\":\"" : "time=");
	add_time(l);
	add_c(l, json ? "\",\"level\":\"" : " level=");
	add_c(l, level_names[level]);
	add_c(l, json ? "\",\"msg\":" : " msg=");
	add_quoted(l, str_of(message));
}

void
log_event(enum log_level level, const char *message, const struct log_field *fields, size_t count)
{
	bool json = atomic_load_explicit(&log_format_now, memory_order_relaxed) == LOG_JSON;
	int fd = atomic_load_explicit(&log_fd, memory_order_relaxed);
	struct line l;

	if (!log_enabled(level))
		return;
	l.n = 0;
	l.full = false;
	add_head(&l, level, message, json);
	for (size_t i = 0; i < count && !l.full; i++)
		add_field(&l, &fields[i], json);
	if (l.full && !json)
		add_tail(&l, " ...");
	add_tail(&l, json ? "}\n" : "\n");
	while (write(fd, l.text, l.n) < 0 && errno == EINTR)
		;
}
