/* One line on the stack, one write(2), no allocation. */
#include "lib/base/log.h"
#include "lib/base/clock.h"
#include "lib/base/sink.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* PIPE_BUF: a pipe takes such a line whole, so that lines never mix.  ROOM is
 * what fields may fill; behind it there is space for what closes a line. */
enum { LINE_MAX_SIZE = 4096, TAIL_SIZE = 24, ROOM = LINE_MAX_SIZE - TAIL_SIZE };

/* Long values are added in runs of about this size, so that one is cut where
 * the line ends and not left out whole. */
enum { RUN_SIZE = 64 };

struct line {
	size_t n;
	bool full; /* something was left out; nothing more is added */
	char text[LINE_MAX_SIZE];
};

static _Atomic int log_format_now = LOG_LOGFMT;
static _Atomic int log_least = LOG_INFO;
static struct sink log_sink = {
	.given = -2,
	.fd = STDERR_FILENO,
	.lock = PTHREAD_MUTEX_INITIALIZER,
};
static atomic_uint_least64_t log_lost;
static atomic_uint_least64_t log_untold; /* those that no line has told of yet */

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
	sink_open(&log_sink, fd);
}

uint64_t
log_dropped(void)
{
	return atomic_load_explicit(&log_lost, memory_order_relaxed);
}

bool
log_enabled(enum log_level level)
{
	return (int)level >= atomic_load_explicit(&log_least, memory_order_relaxed);
}

/* All of it or nothing, so that no escape is cut in half.  A closing quote may
 * already stand behind ROOM. */
static void
add(struct line *l, const char *p, size_t n)
{
	if (l->full || l->n > ROOM || n > ROOM - l->n) {
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

static bool
is_plain_ascii(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* The code point of a well-formed sequence; 0 for four bytes, none of which
 * matter here. */
static unsigned
code_point(struct str s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (n == 2)
		return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	return n == 3 ? (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu) : 0;
}

/* Beyond ASCII: C1 controls, which move a terminal like C0 does, line and
 * paragraph separator, which end lines elsewhere, and the marks that change
 * the direction of text, which make a line show other than it is. */
static bool
is_deceptive(unsigned code)
{
	return (code >= 0x80 && code < 0xa0) || code == 0x61c || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* Bytes at the start that can stand as they are: 0 if the first needs an
 * escape. */
static size_t
plain_sequence(struct str s)
{
	size_t n;

	if ((unsigned char)s.p[0] < 0x80)
		return is_plain_ascii((unsigned char)s.p[0]);
	n = str_utf8_sequence(s);
	return is_deceptive(code_point(s, n)) ? 0 : n;
}

static size_t
plain_run(struct str s)
{
	size_t run = str_plain_prefix(str_first(s, RUN_SIZE)), n = 1;

	while (n && run < s.n && run < RUN_SIZE) {
		n = plain_sequence(str_from(s, run));
		run += n;
	}
	return run;
}

static void
add_code(struct line *l, unsigned code)
{
	static const char digits[] = "0123456789abcdef";
	char text[] = {'\\', 'u', digits[code >> 12 & 15], digits[code >> 8 & 15],
		digits[code >> 4 & 15], digits[code & 15]};

	add(l, text, sizeof text);
}

/* Escapes what stands at the start and returns its bytes. */
static size_t
add_escape(struct line *l, struct str s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n = str_utf8_sequence(s);

	if (c == '"' || c == '\\')
		add(l, (char[]){'\\', (char)c}, 2);
	else if (c == '\n')
		add(l, "\\n", 2);
	else if (c < 0x80)
		add_code(l, c);
	else
		add_code(l, n ? code_point(s, n) : 0xfffd);
	return n ? n : 1;
}

static void
add_quoted(struct line *l, struct str s)
{
	add(l, "\"", 1);
	if (l->full)
		return;
	while (s.n && !l->full) {
		size_t run = plain_run(s);

		if (run)
			add(l, s.p, run);
		else
			run = add_escape(l, s);
		s = str_from(s, run);
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
	if (l->full && l->n == value)
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

static void
make_line(struct line *l, enum log_level level, const char *message, const struct log_field *fields,
	size_t count)
{
	bool json = atomic_load_explicit(&log_format_now, memory_order_relaxed) == LOG_JSON;

	l->n = 0;
	l->full = false;
	add_head(l, level, message, json);
	for (size_t i = 0; i < count && !l->full; i++)
		add_field(l, &fields[i], json);
	if (l->full)
		add_tail(l, json ? ",\"truncated\":true" : " truncated=true");
	add_tail(l, json ? "}\n" : "\n");
}

/* Whoever finds room first tells; false if there is none after all. */
static bool
tell_what_was_lost(void)
{
	uint64_t untold = atomic_exchange(&log_untold, 0);
	struct line l;

	if (!untold)
		return true;
	make_line(&l, LOG_WARNING, "log lines were dropped: nobody read the log",
		LOG_FIELDS(log_i64("lines", (int64_t)untold)));
	if (sink_write(&log_sink, l.text, l.n))
		return true;
	atomic_fetch_add(&log_untold, untold);
	return false;
}

static void
lose(void)
{
	atomic_fetch_add(&log_lost, 1);
	atomic_fetch_add(&log_untold, 1);
}

void
log_event(enum log_level level, const char *message, const struct log_field *fields, size_t count)
{
	int saved_errno = errno;
	struct line l;

	if (!log_enabled(level))
		return;
	make_line(&l, level, message, fields, count);
	if ((atomic_load_explicit(&log_untold, memory_order_relaxed) && !tell_what_was_lost()) ||
		!sink_write(&log_sink, l.text, l.n))
		lose();
	errno = saved_errno;
}
