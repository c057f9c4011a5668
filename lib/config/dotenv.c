/*
 * .env files: NAME=value, one a line.  Comments, an optional `export`, single
 * and double quotes, a comment behind a space; nothing is expanded.
 */
#include "lib/config/loader.h"

#include <string.h>

struct line {
	struct str name;
	struct str value;
	const char *wrong; /* NULL: a good line */
};

static bool
is_name(struct str s)
{
	if (!s.n || (s.p[0] >= '0' && s.p[0] <= '9'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
			c != '_')
			return false;
	}
	return true;
}

static char
unescape(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c;
}

/* Behind the closing quote only a comment may follow. */
static const char *
after_quote(struct str rest)
{
	rest = str_trim(rest);
	return rest.n && rest.p[0] != '#' ? "expected nothing behind the closing quote" : NULL;
}

static struct line
quoted_value(struct arena *a, struct line line, struct str rest)
{
	char quote = rest.p[0];
	char *value = arena_alloc(a, rest.n);
	size_t n = 0;

	for (size_t i = 1; i < rest.n; i++) {
		char c = rest.p[i];

		if (c == quote) {
			line.value = (struct str){value, n};
			line.wrong = after_quote(str_from(rest, i + 1));
			return line;
		}
		if (c == '\\' && quote == '"' && i + 1 < rest.n)
			c = unescape(rest.p[++i]);
		value[n++] = c;
	}
	line.wrong = "the quote is not closed";
	return line;
}

static struct str
plain_value(struct str rest)
{
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] == '#' && (i == 0 || rest.p[i - 1] == ' ' || rest.p[i - 1] == '\t'))
			return str_trim(str_first(rest, i));
	return str_trim(rest);
}

/* A line that says nothing has an empty name. */
static struct line
parse_line(struct arena *a, struct str text)
{
	struct line line = {0};
	struct str rest = str_trim(text);

	if (!rest.n || rest.p[0] == '#')
		return line;
	if (str_starts(rest, STR("export ")) || str_starts(rest, STR("export\t")))
		rest = str_trim(str_from(rest, 7));
	if (!str_has_char(rest, '=')) {
		line.wrong = "expected NAME=value";
		return line;
	}
	line.name = str_trim(str_cut(&rest, '='));
	if (!is_name(line.name)) {
		line.wrong = "expected a name of letters, digits and _ before =";
		return line;
	}
	rest = str_trim(rest);
	if (rest.n && (rest.p[0] == '"' || rest.p[0] == '\''))
		return quoted_value(a, line, rest);
	line.value = plain_value(rest);
	return line;
}

static void
put(struct loader *l, const char *name, unsigned number, const struct line *line)
{
	struct config_origin origin = {CONFIG_FROM_DOTENV, name, number, 0};

	if (line->wrong) {
		loader_problem(l, "%s:%u: %s", name, number, line->wrong);
		return;
	}
	if (str_empty(line->value))
		return;
	loader_put_variable(l, line->name, line->value, origin);
}

void
dotenv_read(struct loader *l, const char *name, struct str text)
{
	unsigned number = 0;

	if (text.n > CONFIG_FILE_MAX) {
		loader_problem(l, "%s: larger than %d bytes", name, (int)CONFIG_FILE_MAX);
		return;
	}
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_from(text, 3);
	while (text.n) {
		struct str raw = str_cut(&text, '\n');
		struct line line;

		number++;
		if (str_ends(raw, STR("\r")))
			raw = str_first(raw, raw.n - 1);
		line = parse_line(l->arena, raw);
		if (line.name.n || line.wrong)
			put(l, name, number, &line);
	}
}
