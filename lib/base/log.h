/*
 * The log: one line per event on standard error, logfmt or JSON.  Whatever
 * could end a line, move a terminal or turn the direction of text is escaped;
 * a line stays under 4096 bytes, so that a pipe takes it whole, and says
 * truncated=true when something was left out.  lib/ does not log; the
 * boundaries (server, cmd) do, once per event, with the request id.  Nobody waits for
 * the reader of the log: lines that find no room are dropped and counted, and the
 * first line after that says how many (lib/base/sink.h).
 *
 *	log_info("listening", log_str("addr", addr), log_i64("loops", n));
 *
 * Fields take struct str, C strings and integers; a secret does not compile.
 */
#ifndef LIB_BASE_LOG_H
#define LIB_BASE_LOG_H

#include "lib/base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

struct log_field {
	const char *key;
	struct str text;
	int64_t number;
	bool is_number;
};

/* Call once, before threads start.  Also usable at reload. */
void log_setup(enum log_format, enum log_level least, int fd);
bool log_enabled(enum log_level);
/* Lines dropped so far. */
uint64_t log_dropped(void);
/* Formats the whole line and hands it to one write(2); thread-safe; errno stays
 * as it was.  The message is a literal. */
void log_event(enum log_level, const char *message, const struct log_field *, size_t count);

static inline struct log_field
log_str(const char *key, struct str text)
{
	return (struct log_field){.key = key, .text = text};
}

static inline struct log_field
log_c(const char *key, const char *text)
{
	return (struct log_field){.key = key, .text = str_of(text)};
}

static inline struct log_field
log_i64(const char *key, int64_t number)
{
	return (struct log_field){.key = key, .number = number, .is_number = true};
}

#define LOG_FIELDS(...) \
	(const struct log_field[]){__VA_ARGS__}, \
		sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field)

/* Every call names at least one field. */
#define log_debug(message, ...)   log_event(LOG_DEBUG, message, LOG_FIELDS(__VA_ARGS__))
#define log_info(message, ...)    log_event(LOG_INFO, message, LOG_FIELDS(__VA_ARGS__))
#define log_warning(message, ...) log_event(LOG_WARNING, message, LOG_FIELDS(__VA_ARGS__))
#define log_error(message, ...)   log_event(LOG_ERROR, message, LOG_FIELDS(__VA_ARGS__))

#endif
