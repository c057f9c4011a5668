/* The few words in which the two databases differ, replaced one by one. */
#include "lib/store/postgres_words.h"

#include "lib/base/buf.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { MIGRATION_MAX = 1 << 20 };

/* Text is compared by its bytes on both: one order, and indexes without a
 * locale.  A longer phrase stands before its beginning. */
static const struct {
	const char *from, *to;
} words[] = {
	{"STRICT, WITHOUT ROWID", ""},
	{"WITHOUT ROWID, STRICT", ""},
	{"STRICT", ""},
	{"WITHOUT ROWID", ""},
	{"BLOB", "BYTEA"},
	{"INTEGER", "BIGINT"},
	{"TEXT", "TEXT COLLATE \"C\""},
};

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Length of what is copied as it is: a comment, or a quoted text or name
 * (a doubled quote reads as two neighbours). */
static size_t
verbatim(const char *sql)
{
	const char *end = NULL;

	if (sql[0] == '-' && sql[1] == '-')
		end = strchr(sql, '\n');
	else if (*sql == '\'' || *sql == '"')
		end = strchr(sql + 1, *sql);
	else
		return 0;
	return end ? (size_t)(end - sql) + 1 : strlen(sql);
}

static size_t
word_length(const char *sql)
{
	size_t n = 0;

	while (is_word(sql[n]))
		n++;
	return n;
}

/* Replaces a known phrase at the start of a word; its length, or 0. */
static size_t
replace(struct buf *out, const char *sql)
{
	for (size_t i = 0; i < countof(words); i++) {
		size_t n = strlen(words[i].from);

		if (strncasecmp(sql, words[i].from, n) || is_word(sql[n]))
			continue;
		buf_add_c(out, words[i].to);
		return n;
	}
	return 0;
}

const char *
postgres_words(struct arena *a, const char *sql)
{
	struct buf out;

	buf_init(&out, a, MIGRATION_MAX);
	while (*sql) {
		size_t n = verbatim(sql);

		if (!n && is_word(*sql)) {
			if ((n = replace(&out, sql))) {
				sql += n;
				continue;
			}
			n = word_length(sql);
		}
		n = n ? n : 1;
		buf_add(&out, (struct str){sql, n});
		sql += n;
	}
	/* Never half a migration: an empty one fails on the first statement. */
	return buf_ok(&out) ? str_c(a, buf_str(&out)) : "the migration is too long";
}
