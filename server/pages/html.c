/* Escaping for pages: runs of harmless bytes are copied whole. */
#include "server/pages/html.h"

#include "lib/base/url.h"
#include "server/pages/static.h"

static const struct str replacement = {"\xef\xbf\xbd", 3};

/* The bytes of the UTF-8 character at p, or 0 if it is ill-formed: no overlong
 * forms, no surrogates, nothing above U+10FFFF (Unicode table 3-7). */
static size_t
character(const unsigned char *p, size_t n)
{
	size_t length = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (!length || length > n || p[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
		return 0;
	if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return length;
}

/* What stands for an ASCII byte; empty if the byte may stay. */
static struct str
entity(unsigned char c)
{
	switch (c) {
	case '&': return STR("&amp;");
	case '<': return STR("&lt;");
	case '>': return STR("&gt;");
	case '"': return STR("&#34;");
	case '\'': return STR("&#39;");
	case '\t':
	case '\n': return STR_NONE;
	default: return c < 0x20 || c == 0x7f ? replacement : STR_NONE;
	}
}

/* U+2066 to U+2069, which would end the isolation of a value within its sentence. */
static bool
is_isolate(const unsigned char *p)
{
	return p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9;
}

void
html_text(struct buf *b, struct str s)
{
	size_t run = 0; /* where the bytes begin that are not yet copied */
	size_t i = 0;

	while (i < s.n) {
		const unsigned char *p = (const unsigned char *)s.p + i;
		size_t length = character(p, s.n - i);
		struct str instead = length == 0                    ? replacement
				     : length == 1                  ? entity(*p)
				     : length == 3 && is_isolate(p) ? replacement
								    : STR_NONE;

		if (instead.n) {
			buf_add(b, (struct str){s.p + run, i - run});
			buf_add(b, instead);
			run = i + (length ? length : 1);
		}
		i += length ? length : 1;
	}
	if (run < s.n)
		buf_add(b, (struct str){s.p + run, s.n - run});
}

static bool
is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void
html_url(struct buf *b, struct str s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char encoded[3] = {'%', hex[c >> 4], hex[c & 15]};

		if (is_unreserved(c))
			buf_add_char(b, s.p[i]);
		else
			buf_add(b, (struct str){encoded, sizeof encoded});
	}
}

void
html_asset(struct buf *b, const char *name)
{
	static_add_name(b, name);
}

void
html_script(struct buf *b, const char *name)
{
	buf_add_c(b, "<script>");
	buf_add(b, static_text(name));
	buf_add_c(b, "</script>");
}

bool
html_is_set_str(struct str s)
{
	return s.n > 0;
}

bool
html_is_set_bool(bool b)
{
	return b;
}

bool
html_is_set_i64(int64_t n)
{
	return n != 0;
}

bool
html_is_set_u64(uint64_t n)
{
	return n != 0;
}

void
html_proven_uri(struct buf *b, struct proven_uri proven)
{
	html_text(b, proven.uri);
}

void
html_local_way(struct buf *b, struct local_way way)
{
	html_text(b, url_is_local_path(way.target) ? way.target : STR("/"));
}

bool
html_is_set_way(struct local_way way)
{
	return way.target.n > 0;
}

bool
html_is_set_proven(struct proven_uri proven)
{
	return proven.uri.n > 0;
}
