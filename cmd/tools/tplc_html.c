/* Where in HTML the templates stand, and what may not stand there. */
#include "cmd/tools/tplc.h"

#include <ctype.h>
#include <string.h>

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++) {
		if (!strcasecmp(word, *words))
			return true;
	}
	return false;
}

static void
check_tag(const struct compiler *c)
{
	static const char *const refused[] = {"script", "style", "iframe", "object", "embed",
		"noscript", "template", "base", "xmp", "plaintext", "noembed", "noframes", NULL};

	if (is_one_of(c->html.tag, refused))
		die(c->file->path, c->line, "<%s> has no place in a page", c->html.tag);
}

static void
check_attr(const struct compiler *c)
{
	static const char *const refused[] = {"style", "srcdoc", "http-equiv", NULL};

	if (is_one_of(c->html.attr, refused) || !strncasecmp(c->html.attr, "on", 2))
		die(c->file->path, c->line, "the attribute %s has no place in a page",
			c->html.attr);
}

static void
append(char *word, size_t size, char ch, const struct compiler *c)
{
	size_t n = strlen(word);

	if (n + 1 >= size)
		die(c->file->path, c->line, "the name %s is too long", word);
	word[n] = ch;
	word[n + 1] = '\0';
}

static void
open_tag(struct compiler *c, char ch)
{
	struct html *h = &c->html;

	if (ch != '!' && ch != '/' && !isalpha((unsigned char)ch))
		die(c->file->path, c->line, "write &lt; for a '<' that opens no tag");
	h->place = TAG_NAME;
	h->tag[0] = '\0';
	if (isalpha((unsigned char)ch))
		append(h->tag, sizeof h->tag, ch, c);
}

static void
tag_name(struct compiler *c, char ch)
{
	struct html *h = &c->html;

	if (ch == '-' && !h->tag[0])
		die(c->file->path, c->line, "write {{! ... }} for a comment");
	if (ch == '>' || isspace((unsigned char)ch) || ch == '/') {
		check_tag(c);
		h->place = ch == '>' ? TEXT : IN_TAG;
		return;
	}
	append(h->tag, sizeof h->tag, ch, c);
}

static void
in_tag(struct compiler *c, char ch)
{
	struct html *h = &c->html;

	if (ch == '>') {
		h->place = TEXT;
	} else if (ch == '"' || ch == '\'' || ch == '<' || ch == '=') {
		die(c->file->path, c->line, "'%c' inside a tag", ch);
	} else if (!isspace((unsigned char)ch) && ch != '/') {
		h->place = ATTR_NAME;
		h->attr[0] = '\0';
		append(h->attr, sizeof h->attr, ch, c);
	}
}

static void
attr_name(struct compiler *c, char ch)
{
	struct html *h = &c->html;

	if (ch == '=' || ch == '>' || ch == '/' || isspace((unsigned char)ch)) {
		check_attr(c);
		h->place = ch == '=' ? ATTR_EQUALS : ch == '>' ? TEXT : IN_TAG;
		return;
	}
	append(h->attr, sizeof h->attr, ch, c);
}

/* Follows one constant byte. */
void
follow(struct compiler *c, char ch)
{
	struct html *h = &c->html;

	switch (h->place) {
	case TEXT:
		if (ch == '<')
			h->place = TAG_OPEN;
		break;
	case TAG_OPEN: open_tag(c, ch); break;
	case TAG_NAME: tag_name(c, ch); break;
	case IN_TAG: in_tag(c, ch); break;
	case ATTR_NAME: attr_name(c, ch); break;
	case ATTR_EQUALS:
		if (ch != '"' && ch != '\'')
			die(c->file->path, c->line, "quote the value of %s", h->attr);
		h->place = VALUE;
		h->quote = ch;
		h->first = '\0';
		h->second = '\0';
		break;
	case VALUE:
		if (!h->first)
			h->first = ch;
		else if (!h->second)
			h->second = ch;
		if (ch == h->quote)
			h->place = IN_TAG;
		break;
	}
}

/* Blocks and pages must leave HTML as they found it. */
void
check_same_place(const struct compiler *c, const struct html *before, const char *what)
{
	const struct html *h = &c->html;
	bool same = h->place == before->place;

	if (same && h->place == VALUE)
		same = h->quote == before->quote && !h->first == !before->first;
	if (same && h->place != TEXT)
		same = !strcmp(h->tag, before->tag);
	if (!same)
		die(c->file->path, c->line, "%s ends at another place of HTML than it began", what);
}

/* The function for a value that stands here: the one decision about escaping. */
const char *
escape_for(const struct compiler *c)
{
	static const char *const urls[] = {"href", "src", "action", "formaction", "cite", "poster",
		"data", "background", "ping", "srcset", "manifest", "longdesc", "xlink:href", NULL};
	const struct html *h = &c->html;

	if (h->place == TEXT)
		return "HTML_TEXT";
	if (h->place != VALUE)
		die(c->file->path, c->line, "a value may stand in text or in a quoted attribute");
	if (!strcasecmp(h->tag, "meta"))
		die(c->file->path, c->line, "no value may stand in <meta>");
	if (!is_one_of(h->attr, urls))
		return "HTML_ATTRIBUTE";
	/* Where a form or a link goes may be a whole address, of a type that says it was proven, or
	 * that it is one of ours. */
	if (!h->first && !strcasecmp(h->attr, "action"))
		return "HTML_LINK";
	if (!h->first && !strcasecmp(h->attr, "href") && !strcasecmp(h->tag, "a"))
		return "HTML_LINK";
	/* "//" and "/\\" begin the address of another host. */
	if (h->first != '/' || h->second == '/' || h->second == '\\')
		die(c->file->path, c->line, "begin the address in %s with a constant /", h->attr);
	return "HTML_URL";
}

/* Unicode's controls where there can be no element. */
const char *
isolate_for(const struct compiler *c, bool before)
{
	bool is_element = c->html.place == TEXT && strcasecmp(c->html.tag, "title") != 0;

	if (is_element)
		return before ? "<bdi>" : "</bdi>";
	return before ? "\\xe2\\x81\\xa8" : "\\xe2\\x81\\xa9";
}
