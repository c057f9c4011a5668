/* The writer appends runs of safe bytes whole; the reader is jansson behind
 * limits that are checked before it sees a byte. */
#include "lib/base/json.h"

#include "lib/base/unicode.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16, WORDS_MAX = 64 * 1024 };

static void
separate(struct buf *b)
{
	char last = b->n ? b->p[b->n - 1] : '[';

	if (last != '{' && last != '[' && last != ':' && last != ',')
		buf_add_char(b, ',');
}

void
json_open(struct buf *b, char bracket)
{
	separate(b);
	buf_add_char(b, bracket);
}

void
json_close(struct buf *b, char bracket)
{
	buf_add_char(b, bracket);
}

void
json_key(struct buf *b, const char *name)
{
	json_str(b, str_of(name));
	buf_add_char(b, ':');
}

static void
add_ascii_escape(struct buf *b, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	char code[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};

	if (c == '"' || c == '\\')
		buf_add(b, (struct str){(char[]){'\\', (char)c}, 2});
	else if (c == '\n')
		buf_add(b, STR("\\n"));
	else
		buf_add(b, (struct str){code, sizeof code});
}

/* RFC 8259 section 7: two units of UTF-16 beyond the first plane. */
static void
add_escaped_point(struct buf *b, uint32_t point)
{
	if (point > 0xffff) {
		point -= 0x10000;
		buf_add_printf(b, "\\u%04x", 0xd800 + (unsigned)(point >> 10));
		point = 0xdc00 + (point & 0x3ff);
	}
	buf_add_printf(b, "\\u%04x", (unsigned)point);
}

/* Adds the one character at the start of s and returns its bytes.  What cannot be seen, or
 * moves what can, is escaped: terminals show JSON, too. */
static size_t
add_special(struct buf *b, struct str s)
{
	unsigned char c = (unsigned char)s.p[0];
	size_t n;

	if (c < 0x80) {
		add_ascii_escape(b, c);
		return 1;
	}
	n = str_utf8_sequence(s);
	if (!n)
		buf_add(b, STR("\xef\xbf\xbd"));
	else if (unicode_is_hidden(unicode_point(str_first(s, n))))
		add_escaped_point(b, unicode_point(str_first(s, n)));
	else
		buf_add(b, str_first(s, n));
	return n ? n : 1;
}

void
json_str(struct buf *b, struct str s)
{
	separate(b);
	buf_add_char(b, '"');
	while (s.n) {
		size_t plain = str_plain_prefix(s);

		buf_add(b, str_first(s, plain));
		s = str_from(s, plain);
		if (s.n)
			s = str_from(s, add_special(b, s));
	}
	buf_add_char(b, '"');
}

void
json_i64(struct buf *b, int64_t value)
{
	separate(b);
	buf_add_i64(b, value);
}

void
json_bool(struct buf *b, bool value)
{
	separate(b);
	buf_add(b, value ? STR("true") : STR("false"));
}

void
json_raw(struct buf *b, struct str json)
{
	separate(b);
	buf_add(b, json);
}

void
json_member_str(struct buf *b, const char *name, struct str value)
{
	json_key(b, name);
	json_str(b, value);
}

void
json_member_i64(struct buf *b, const char *name, int64_t value)
{
	json_key(b, name);
	json_i64(b, value);
}

void
json_member_bool(struct buf *b, const char *name, bool value)
{
	json_key(b, name);
	json_bool(b, value);
}

void
json_member_words(struct buf *b, const char *name, struct str words)
{
	json_key(b, name);
	json_open(b, '[');
	STR_EACH (word, words)
		json_str(b, word);
	json_close(b, ']');
}

/* ---- reading ---- */

/* struct json is jansson's json_t under a name that needs no include. */
static const json_t *
node_of(const struct json *doc)
{
	return (const json_t *)(const void *)doc;
}

/* Counts brackets outside strings: jansson's own limit is 2048 deep. */
static bool
is_shallow(struct str s)
{
	bool quoted = false;
	unsigned depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (!quoted && (c == '{' || c == '[') && ++depth > DEPTH_MAX)
			return false;
		else if (!quoted && (c == '}' || c == ']') && depth)
			depth--;
	}
	return true;
}

static enum err
parse(struct str text, size_t max, bool any_size, struct json **ret, struct diag *d)
{
	json_error_t error;
	json_t *node;

	if (text.n > max)
		return diag_set(d, ERR_TOO_LONG, "JSON of more than %zu bytes", max);
	if (!is_shallow(text))
		return diag_set(d, ERR_MALFORMED, "JSON nested deeper than %d", (int)DEPTH_MAX);
	node = json_loadb(text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &error);
	if (!node && any_size && json_error_code(&error) == json_error_numeric_overflow)
		node = json_loadb(
			text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
	if (!node) /* its sentence may quote the text, which may hold a secret */
		return diag_set(d, ERR_MALFORMED, "not well-formed JSON, line %d column %d",
			error.line, error.column);
	*ret = (struct json *)(void *)node;
	return OK;
}

const char *
json_library(void)
{
	return jansson_version_str();
}

enum err
json_parse(struct str text, size_t max, struct json **ret, struct diag *d)
{
	return parse(text, max, false, ret, d);
}

enum err
json_parse_foreign(struct str text, size_t max, struct json **ret, struct diag *d)
{
	return parse(text, max, true, ret, d);
}

void
json_free(struct json *doc)
{
	json_decref((json_t *)(void *)doc);
}

static const json_t *
member(const struct json *doc, const char *name)
{
	return doc ? json_object_get(node_of(doc), name) : NULL;
}

struct str
json_get_str(const struct json *doc, const char *name)
{
	const json_t *value = member(doc, name);

	if (!json_is_string(value))
		return STR_NONE;
	return (struct str){json_string_value(value), json_string_length(value)};
}

int64_t
json_get_i64(const struct json *doc, const char *name, int64_t fallback)
{
	const json_t *value = member(doc, name);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

static int64_t
thousandths(double number)
{
	double scaled = number * 1000;

	if (scaled >= (double)INT64_MAX)
		return INT64_MAX;
	return scaled <= -(double)INT64_MAX ? -INT64_MAX : (int64_t)scaled;
}

/* Digits, perhaps a sign, a point, an exponent; nothing that strtod knows besides. */
static bool
is_number(const char *text)
{
	return *text && text[strspn(text, "+-.0123456789eE")] == '\0' &&
	       text[strcspn(text, "0123456789")] != '\0';
}

int64_t
json_get_thousandths(const struct json *doc, const char *name, int64_t fallback)
{
	const json_t *value = member(doc, name);
	const char *text = json_string_value(value);
	double number;
	char *end;

	if (json_is_number(value))
		return thousandths(json_number_value(value));
	if (!text || strlen(text) != json_string_length(value) || !is_number(text))
		return fallback;
	number = strtod(text, &end);
	return *end ? fallback : thousandths(number);
}

bool
json_get_bool(const struct json *doc, const char *name, bool fallback)
{
	const json_t *value = member(doc, name);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

bool
json_has(const struct json *doc, const char *name)
{
	return member(doc, name) != NULL;
}

enum json_kind
json_kind(const struct json *doc, const char *name)
{
	const json_t *value = member(doc, name);

	if (json_is_string(value))
		return JSON_IS_TEXT;
	if (json_is_number(value))
		return JSON_IS_NUMBER;
	if (json_is_boolean(value))
		return JSON_IS_FLAG;
	if (json_is_array(value))
		return JSON_IS_LIST;
	return json_is_object(value) ? JSON_IS_OBJECT : JSON_IS_ABSENT;
}

bool
json_is_map(const struct json *doc)
{
	return json_is_object(node_of(doc));
}

size_t
json_array_count(const struct json *doc, const char *name)
{
	return json_array_size(member(doc, name));
}

bool
json_array_str(const struct json *doc, const char *name, size_t i, struct str *ret)
{
	const json_t *item = json_array_get(member(doc, name), i);

	if (!json_is_string(item))
		return false;
	*ret = (struct str){json_string_value(item), json_string_length(item)};
	return true;
}

bool
json_array_has(const struct json *doc, const char *name, const char *value)
{
	const json_t *array = member(doc, name);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *item = json_array_get(array, i);

		if (json_is_string(item) &&
			str_is((struct str){json_string_value(item), json_string_length(item)},
				value))
			return true;
	}
	return false;
}

const struct json *
json_array_object(const struct json *doc, const char *name, size_t i)
{
	const json_t *item = json_array_get(member(doc, name), i);

	return json_is_object(item) ? (const struct json *)(const void *)item : NULL;
}

struct str
json_object_str(const struct json *doc, const char *object, const char *name)
{
	const json_t *inner = member(doc, object);

	return json_is_object(inner) ? json_get_str((const struct json *)(const void *)inner, name)
				     : STR_NONE;
}

enum err
json_each_member(const struct json *doc, json_visitor *each, void *context)
{
	json_t *object = (json_t *)(void *)(uintptr_t)doc;
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		enum err e = text ? each(str_of(name), str_of(text), context) : ERR_MALFORMED;

		free(text);
		if (e)
			return e;
	}
	return OK;
}

/* Beyond ASCII there is nothing but text inside quotes. */
struct str
json_text(const struct json *doc, struct arena *arena)
{
	char *text = json_dumps(node_of(doc), JSON_COMPACT | JSON_ENCODE_ANY);
	struct str rest = str_of(text);
	struct buf out;

	buf_init(&out, arena, 8 * rest.n + 1);
	while (rest.n) {
		size_t plain = 0;

		while (plain < rest.n && (unsigned char)rest.p[plain] < 0x80)
			plain++;
		buf_add(&out, str_first(rest, plain));
		rest = str_from(rest, plain);
		if (rest.n)
			rest = str_from(rest, add_special(&out, rest));
	}
	free(text);
	return buf_str(&out);
}

static bool
is_among(const char *name, const char *const names[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

void
json_member_unknown(
	struct buf *b, const struct json *doc, const char *const known[], size_t known_count)
{
	json_t *object = (json_t *)(void *)(uintptr_t)doc;
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		char *text;

		if (is_among(name, known, known_count))
			continue;
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		if (!text)
			continue;
		json_key(b, name);
		buf_add_c(b, text);
		free(text);
	}
}

enum err
json_get_words(const struct json *doc, const char *name, struct arena *arena, struct str *ret)
{
	const json_t *list = member(doc, name);
	struct buf words;

	if (!list || json_is_null(list))
		return OK;
	if (json_is_string(list)) {
		*ret = json_get_str(doc, name);
		return OK;
	}
	if (!json_is_array(list))
		return ERR_MALFORMED;
	buf_init(&words, arena, WORDS_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct str word = str_of(json_string_value(json_array_get(list, i)));

		if (!word.n || str_has_char(word, ' '))
			return ERR_MALFORMED;
		if (words.n)
			buf_add_char(&words, ' ');
		buf_add(&words, word);
	}
	*ret = buf_str(&words);
	return buf_ok(&words) ? OK : ERR_MALFORMED;
}
