/* Reading accepts what jansson accepts, down to sixteen levels, no more and no
 * less; any text that is written reads back, well-formed text unchanged. */
#include "lib/base/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
depth_of(json_t *node)
{
	size_t deepest = 0, i;
	const char *key;
	json_t *child;

	json_array_foreach(node, i, child)
	{
		size_t depth = depth_of(child);

		deepest = depth > deepest ? depth : deepest;
	}
	json_object_foreach(node, key, child)
	{
		size_t depth = depth_of(child);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + (json_is_array(node) || json_is_object(node));
}

static void
check_reading(struct str s)
{
	json_t *node = json_loadb(s.p, s.n, JSON_REJECT_DUPLICATES, NULL);
	struct json *doc = NULL;
	struct diag d;
	bool ok = json_parse(s, 65536, &doc, &d) == OK;

	if (ok != (s.n <= 65536 && node && depth_of(node) <= 16))
		abort();
	if (!ok && !str_is_printable(str_of(d.text)))
		abort();
	json_free(doc);
	json_decref(node);
}

/* The whole document from these bytes: members, words, numbers. */
static void
write_document(struct buf *b, struct str s, struct str key)
{
	json_open(b, '{');
	json_member_str(b, "s", s);
	json_key(b, key.p);
	json_open(b, '[');
	json_str(b, s);
	json_str(b, key);
	json_i64(b, (int64_t)s.n);
	json_bool(b, true);
	json_close(b, ']');
	json_member_words(b, "w", key);
	json_close(b, '}');
}

static bool
is_inert(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr("<>&\n\r\x7f", text.p[i]) ||
			str_starts(str_from(text, i), STR("\xe2\x80\xa8")))
			return false;
	return str_is_utf8(text);
}

static void
check_writing(struct str s)
{
	struct arena a = {0};
	struct json *doc = NULL;
	struct str key;
	struct buf b;

	key = str_printf(&a, "k%.*s", STR_ARG(str_first(s, s.n / 2)));
	buf_init(&b, &a, s.n * 24 + 128);
	write_document(&b, s, str_of(key.p));
	if (!buf_ok(&b) || !is_inert(buf_str(&b)))
		abort();
	if (!str_has_char(s, '\0')) {
		if (json_parse(buf_str(&b), b.n, &doc, NULL))
			abort();
		if (str_is_utf8(s) && !str_eq(json_get_str(doc, "s"), s))
			abort();
		json_free(doc);
	}
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = {(const char *)data, size};

	check_reading(s);
	if (size < 20000)
		check_writing(s);
	return 0;
}
