/* Strict readers and writers, one pair per type of key. */
#include "lib/config/value.h"

#include "lib/base/clock.h"
#include "lib/base/duration.h"
#include "lib/config/dsn.h"

#include <string.h>
#include <strings.h>

enum { QUOTE_MAX = 80, VALUE_MAX = 64 * 1024 };

static void *
field(const struct config_key *key, struct config *c)
{
	return (char *)c + key->offset;
}

static const void *
const_field(const struct config_key *key, const struct config *c)
{
	return (const char *)c + key->offset;
}

struct str *
config_value_str(const struct config_key *key, struct config *c)
{
	return field(key, c);
}

/* ---- text to field ---- */

static enum err
parse_bool(struct str text, bool *ret)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{"true", true},
		{"yes", true},
		{"on", true},
		{"1", true},
		{"false", false},
		{"no", false},
		{"off", false},
		{"0", false},
	};

	for (size_t i = 0; i < countof(words); i++) {
		if (str_is_nocase(text, words[i].word)) {
			*ret = words[i].value;
			return OK;
		}
	}
	return ERR_CONFIG;
}

/* Numbers are read as they are, durations in whole seconds, or in milliseconds. */
static enum err
parse_number(enum config_type type, struct str text, int64_t *ret)
{
	int64_t ms;

	if (type == CONFIG_TYPE_MILLIS)
		return duration_parse_ms(text, ret) ? ERR_CONFIG : OK;
	if (type != CONFIG_TYPE_DURATION && str_to_i64(text, ret) == OK)
		return OK;
	if (type == CONFIG_TYPE_INT || duration_parse_ms(text, &ms) || ms % MS_PER_S)
		return ERR_CONFIG;
	*ret = ms / MS_PER_S;
	return OK;
}

static void
range_bounds(const struct config_key *key, int64_t *ret_min, int64_t *ret_max)
{
	struct str range = str_of(key->range);
	const char *dots = strstr(key->range, "..");
	enum config_type type = key->type == CONFIG_TYPE_SECRET ? CONFIG_TYPE_INT : key->type;

	*ret_min = INT64_MIN;
	*ret_max = INT64_MAX;
	if (!dots)
		return;
	(void)parse_number(type, str_first(range, (size_t)(dots - key->range)), ret_min);
	(void)parse_number(type, str_of(dots + 2), ret_max);
}

static enum err
parse_ranged(const struct config_key *key, struct str text, int64_t *ret)
{
	int64_t value, min, max;

	if (parse_number(key->type, text, &value))
		return ERR_CONFIG;
	range_bounds(key, &min, &max);
	if (value < min || value > max)
		return ERR_CONFIG;
	*ret = value;
	return OK;
}

/* The word as the table spells it, so that later code compares exactly. */
static enum err
parse_choice(const struct config_key *key, struct str text, struct str *ret)
{
	if (str_empty(text) && !*key->fallback) {
		*ret = STR_NONE;
		return OK;
	}
	STR_EACH (word, str_of(key->range)) {
		if (word.n == text.n && strncasecmp(word.p, text.p, word.n) == 0) {
			*ret = word;
			return OK;
		}
	}
	return ERR_CONFIG;
}

static struct str
parse_list(struct arena *a, struct str text)
{
	char *spaced = arena_copy(a, text.p, text.n);
	struct buf out;

	for (size_t i = 0; i < text.n; i++)
		if (spaced[i] == ',' || spaced[i] == '\t' || spaced[i] == '\n')
			spaced[i] = ' ';
	buf_init(&out, a, VALUE_MAX);
	STR_EACH (word, ((struct str){spaced, text.n})) {
		if (out.n)
			buf_add_char(&out, ' ');
		buf_add(&out, word);
	}
	return buf_str(&out);
}

static enum err
parse_text(struct arena *a, const struct config_key *key, struct str text, struct str *ret)
{
	int64_t min, max;

	/* A NUL would end a path early; PEM text has line ends, nothing else does. */
	if (memchr(text.p ? text.p : "", '\0', text.n) || text.n > VALUE_MAX)
		return ERR_CONFIG;
	if (key->type != CONFIG_TYPE_SECRET)
		for (size_t i = 0; i < text.n; i++)
			if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
				return ERR_CONFIG;
	range_bounds(key, &min, &max);
	if (text.n && (int64_t)text.n < min)
		return ERR_CONFIG;
	*ret = str_copy(a, text);
	return OK;
}

static enum err
parse(struct arena *a, const struct config_key *key, struct str text, struct config *into)
{
	void *to = field(key, into);

	switch (key->type) {
	case CONFIG_TYPE_BOOL: return parse_bool(text, to);
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_DURATION:
	case CONFIG_TYPE_MILLIS:
	case CONFIG_TYPE_SECONDS: return parse_ranged(key, text, to);
	case CONFIG_TYPE_CHOICE: return parse_choice(key, text, to);
	case CONFIG_TYPE_LIST:
		if (text.n > VALUE_MAX)
			return ERR_CONFIG;
		text = parse_list(a, text);
		return parse_text(a, key, text, to);
	case CONFIG_TYPE_TEXT:
	case CONFIG_TYPE_PATH:
	case CONFIG_TYPE_DSN:
	case CONFIG_TYPE_SECRET: return parse_text(a, key, text, to);
	}
	return ERR_CONFIG;
}

static const char *
expected(struct arena *a, const struct config_key *key)
{
	int64_t min, max;

	range_bounds(key, &min, &max);
	switch (key->type) {
	case CONFIG_TYPE_BOOL: return "true or false";
	case CONFIG_TYPE_INT: return arena_printf(a, "a whole number in %s", key->range);
	case CONFIG_TYPE_DURATION:
	case CONFIG_TYPE_MILLIS:
		return arena_printf(a, "a duration such as 90s, 30m or 10h in %s", key->range);
	case CONFIG_TYPE_SECONDS:
		return arena_printf(a, "seconds or a duration such as 30m in %s", key->range);
	case CONFIG_TYPE_CHOICE: return arena_printf(a, "one of: %s", key->range);
	case CONFIG_TYPE_SECRET:
		if (min > 0)
			return arena_printf(a, "at least %lld bytes", (long long)min);
		return "text without NUL";
	case CONFIG_TYPE_LIST: return "words separated by spaces or commas";
	case CONFIG_TYPE_TEXT:
	case CONFIG_TYPE_DSN:
	case CONFIG_TYPE_PATH: break;
	}
	return "text without control characters";
}

enum err
config_value_parse(struct arena *a, const struct config_key *key, struct str text,
	struct config *into, const char **ret_expected)
{
	enum err e = parse(a, key, text, into);

	if (e)
		*ret_expected = expected(a, key);
	return e;
}

/* ---- field to text ---- */

struct str
config_value_text(struct arena *a, const struct config_key *key, const struct config *c)
{
	const void *from = const_field(key, c);

	switch (key->type) {
	case CONFIG_TYPE_BOOL: return *(const bool *)from ? STR("true") : STR("false");
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_SECONDS: return str_printf(a, "%lld", (long long)*(const int64_t *)from);
	case CONFIG_TYPE_DURATION: return duration_text(a, *(const int64_t *)from * MS_PER_S);
	case CONFIG_TYPE_MILLIS: return duration_text(a, *(const int64_t *)from);
	case CONFIG_TYPE_SECRET: {
		const struct str *secret = from;

		return secret->n ? str_printf(a, "(set, %zu bytes)", secret->n) : STR_NONE;
	}
	case CONFIG_TYPE_DSN: return dsn_masked(a, *(const struct str *)from);
	case CONFIG_TYPE_TEXT:
	case CONFIG_TYPE_CHOICE:
	case CONFIG_TYPE_LIST:
	case CONFIG_TYPE_PATH: break;
	}
	return *(const struct str *)from;
}

struct str
config_origin_name(struct arena *a, const struct config_key *key, const struct config_origin *o)
{
	switch (o->source) {
	case CONFIG_FROM_YAML:
		return str_printf(a, "%s:%u:%u: %s", o->file, o->line, o->column, key->path);
	case CONFIG_FROM_DOTENV:
		return str_printf(a, "%s:%u: %s (%s)", o->file, o->line, key->env, key->path);
	case CONFIG_FROM_ENVIRONMENT:
		return str_printf(a, "environment %s (%s)", key->env, key->path);
	case CONFIG_FROM_FLAG: return str_printf(a, "--set %s", key->path);
	case CONFIG_FROM_DEFAULT: break;
	}
	return str_of(key->path);
}

void
config_quote(struct buf *out, struct str text)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n && i < QUOTE_MAX; i++) {
		unsigned char c = (unsigned char)text.p[i];

		buf_add_char(out, c < ' ' || c >= 0x7f ? '?' : (char)c);
	}
	buf_add_c(out, text.n > QUOTE_MAX ? "...\"" : "\"");
}
