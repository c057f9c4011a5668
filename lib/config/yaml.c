/*
 * YAML, as far as a configuration needs it: mappings, scalars, lists of
 * scalars.  No anchors, aliases, tags or second document, so nothing can
 * multiply; size, depth and number of entries are bounded.
 */
#include "lib/config/loader.h"

#include <string.h>
#include <yaml.h>

enum { DEPTH_MAX = 16, ENTRIES_MAX = 1024, LIST_MAX = 16 * 1024 };

struct seen {
	struct str path;
	unsigned line;
};

struct reader {
	struct loader *loader;
	const char *name;
	yaml_parser_t parser;
	yaml_event_t event; /* the current one */
	struct seen *seen;
	size_t seen_count;
};

static unsigned
line_of(const struct reader *r)
{
	return (unsigned)r->event.start_mark.line + 1;
}

static unsigned
column_of(const struct reader *r)
{
	return (unsigned)r->event.start_mark.column + 1;
}

static enum err
refuse(struct reader *r, const char *what)
{
	loader_problem(r->loader, "%s:%u:%u: %s", r->name, line_of(r), column_of(r), what);
	return ERR_CONFIG;
}

/* Text that libyaml could not read.  Its messages hold no input. */
static enum err
refuse_syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	yaml_mark_t at = p->problem_mark;
	const char *hint = "";

	if (p->problem && strstr(p->problem, "cannot start any token"))
		hint = " (YAML is indented with spaces, never tabs; quote text that begins with a "
		       "special character)";
	loader_problem(r->loader, "%s:%zu:%zu: not YAML: %s%s", r->name, at.line + 1, at.column + 1,
		p->problem ? p->problem : "unreadable", hint);
	return ERR_CONFIG;
}

/* Whether the event uses what we do without. */
static const char *
needless(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_ALIAS_EVENT: return "aliases are not supported";
	case YAML_SCALAR_EVENT:
		if (e->data.scalar.anchor)
			return "anchors are not supported";
		return e->data.scalar.tag ? "tags are not supported" : NULL;
	case YAML_SEQUENCE_START_EVENT:
		if (e->data.sequence_start.anchor)
			return "anchors are not supported";
		return e->data.sequence_start.tag ? "tags are not supported" : NULL;
	case YAML_MAPPING_START_EVENT:
		if (e->data.mapping_start.anchor)
			return "anchors are not supported";
		return e->data.mapping_start.tag ? "tags are not supported" : NULL;
	default: return NULL;
	}
}

static enum err
next(struct reader *r)
{
	const char *what;

	yaml_event_delete(&r->event);
	if (!yaml_parser_parse(&r->parser, &r->event))
		return refuse_syntax(r);
	what = needless(&r->event);
	return what ? refuse(r, what) : OK;
}

static struct str
scalar(const struct reader *r)
{
	return (struct str){(const char *)r->event.data.scalar.value, r->event.data.scalar.length};
}

/* "key:" with nothing behind it, or a written null, leaves the default. */
static bool
is_null(const struct reader *r)
{
	struct str s = scalar(r);

	return r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (str_empty(s) || str_is(s, "~") || str_is(s, "null"));
}

/* Passes over the value that begins at the current event. */
static enum err
skip(struct reader *r)
{
	unsigned depth = 0;
	enum err e;

	for (;;) {
		yaml_event_type_t type = r->event.type;

		if (type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT)
			depth++;
		if (type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT)
			depth--;
		if (depth > DEPTH_MAX)
			return refuse(r, "nested too deeply");
		if (depth == 0)
			return OK;
		if ((e = next(r)))
			return e;
	}
}

static enum err
read_list(struct reader *r, struct str *ret)
{
	struct buf list;
	enum err e;

	buf_init(&list, r->loader->arena, LIST_MAX);
	for (;;) {
		if ((e = next(r)))
			return e;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (r->event.type != YAML_SCALAR_EVENT)
			return refuse(r, "expected a list of words");
		if (list.n)
			buf_add_char(&list, ' ');
		buf_add(&list, scalar(r));
	}
	if (!buf_ok(&list))
		return refuse(r, "the list is too long");
	*ret = buf_str(&list);
	return OK;
}

/* The value of a known key begins at the current event. */
static enum err
read_value(struct reader *r, const struct config_key *key)
{
	struct config_origin origin = {CONFIG_FROM_YAML, r->name, line_of(r), column_of(r)};
	struct str value;
	enum err e;

	if (r->event.type == YAML_SCALAR_EVENT) {
		if (!is_null(r))
			loader_put(r->loader, key, scalar(r), origin);
		return OK;
	}
	if (r->event.type == YAML_SEQUENCE_START_EVENT && key->type == CONFIG_TYPE_LIST) {
		if ((e = read_list(r, &value)))
			return e;
		loader_put(r->loader, key, value, origin);
		return OK;
	}
	loader_problem(r->loader, "%s:%u:%u: %s: expected a single value, got a %s", r->name,
		origin.line, origin.column, key->path,
		r->event.type == YAML_MAPPING_START_EVENT ? "section" : "list");
	return skip(r);
}

/* True (and a problem) if the path was there before. */
static bool
is_repeated(struct reader *r, struct str path)
{
	struct buf quoted;

	for (size_t i = 0; i < r->seen_count; i++) {
		if (!str_eq(r->seen[i].path, path))
			continue;
		buf_init(&quoted, r->loader->arena, 512);
		config_quote(&quoted, path);
		loader_problem(r->loader, "%s:%u:%u: %s occurs twice, first on line %u", r->name,
			line_of(r), column_of(r), quoted.p, r->seen[i].line);
		return true;
	}
	r->seen[r->seen_count++] = (struct seen){path, line_of(r)};
	return false;
}

static void
refuse_unknown(struct reader *r, struct str path, unsigned line, unsigned column)
{
	const char *nearest = config_nearest(r->loader->arena, path);
	struct buf text;

	buf_init(&text, r->loader->arena, 512);
	config_quote(&text, path);
	if (nearest)
		buf_add_printf(&text, ", did you mean \"%s\"?", nearest);
	loader_problem(
		r->loader, "%s:%u:%u: unknown key %s", r->name, line, column, buf_str(&text).p);
}

/* ---- providers: the one list of sections ---- */

/* The current event is the name of a setting. */
static enum err
read_setting(struct reader *r, struct config_provider *p)
{
	unsigned line = line_of(r), column = column_of(r);
	struct str name, value, wrong;
	enum err e;

	if (r->event.type != YAML_SCALAR_EVENT)
		return refuse(r, "expected a name");
	name = str_copy(r->loader->arena, str_first(scalar(r), 64));
	if ((e = next(r)))
		return e;
	if (r->event.type == YAML_SEQUENCE_START_EVENT && provider_key_is_list(name)) {
		if ((e = read_list(r, &value)))
			return e;
	} else if (r->event.type != YAML_SCALAR_EVENT) {
		return refuse(r, "expected a single value");
	} else {
		if (is_null(r))
			return OK;
		value = scalar(r);
	}
	if (provider_put(r->loader, p, name, value, &wrong))
		loader_problem(r->loader, "%s:%u:%u: providers: %.*s: %.*s", r->name, line, column,
			STR_ARG(name), STR_ARG(wrong));
	return OK;
}

static enum err
read_provider(struct reader *r)
{
	struct config_provider p;
	enum err e;

	if (r->event.type != YAML_MAPPING_START_EVENT)
		return refuse(r, "expected \"- name: ...\", with more settings below");
	provider_begin(&p);
	for (;;) {
		if ((e = next(r)))
			return e;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			break;
		if ((e = read_setting(r, &p)))
			return e;
	}
	return provider_add(r->loader, &p) ? refuse(r, "too many providers") : OK;
}

/* The value of `providers` begins at the current event. */
static enum err
read_providers(struct reader *r)
{
	enum err e;

	if (r->event.type == YAML_SCALAR_EVENT && is_null(r))
		return OK;
	if (r->event.type != YAML_SEQUENCE_START_EVENT)
		return refuse(r, "providers: expected a list, as \"- name: corp\"");
	for (;;) {
		if ((e = next(r)))
			return e;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			return OK;
		if ((e = read_provider(r)))
			return e;
	}
}

/* ---- sections ---- */

static enum err read_section(struct reader *, struct str prefix, unsigned depth);

/* The current event is the name of an entry of the section. */
static enum err
read_entry(struct reader *r, struct str prefix, unsigned depth)
{
	struct loader *l = r->loader;
	unsigned line = line_of(r), column = column_of(r);
	const struct config_key *key;
	struct str path;
	enum err e;

	if (r->event.type != YAML_SCALAR_EVENT)
		return refuse(r, "expected a name");
	path = str_copy(l->arena, str_first(scalar(r), 256));
	if (prefix.n)
		path = str_printf(l->arena, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(path));
	if (r->seen_count == ENTRIES_MAX)
		return refuse(r, "too many entries");
	if (is_repeated(r, path)) {
		if ((e = next(r)))
			return e;
		return skip(r);
	}
	if ((e = next(r)))
		return e;
	if (str_is(path, "providers"))
		return read_providers(r);
	key = config_key_by_path(path);
	if (key)
		return read_value(r, key);
	if (!config_is_section(path))
		refuse_unknown(r, path, line, column);
	else if (r->event.type == YAML_MAPPING_START_EVENT)
		return read_section(r, path, depth + 1);
	else if (r->event.type != YAML_SCALAR_EVENT || !is_null(r))
		loader_problem(l, "%s:%u:%u: %.*s: expected a section with keys, got a value",
			r->name, line, column, STR_ARG(path));
	return skip(r);
}

static enum err
read_section(struct reader *r, struct str prefix, unsigned depth)
{
	enum err e;

	if (depth > DEPTH_MAX)
		return refuse(r, "nested too deeply");
	for (;;) {
		if ((e = next(r)))
			return e;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			return OK;
		if ((e = read_entry(r, prefix, depth)))
			return e;
	}
}

static enum err
read_stream(struct reader *r)
{
	enum err e;

	/* Stream start, then the document or the end of an empty file. */
	if ((e = next(r)))
		return e;
	if ((e = next(r)) || r->event.type == YAML_STREAM_END_EVENT)
		return e;
	if ((e = next(r)))
		return e;
	if (r->event.type == YAML_MAPPING_START_EVENT)
		e = read_section(r, STR_NONE, 1);
	else if (r->event.type != YAML_SCALAR_EVENT || !is_null(r))
		e = refuse(r, "expected sections such as \"server:\"");
	if (e || (e = next(r)) || (e = next(r)))
		return e;
	if (r->event.type != YAML_STREAM_END_EVENT)
		return refuse(r, "a second document");
	return OK;
}

const char *
yaml_library(void)
{
	return yaml_get_version_string();
}

void
yaml_read(struct loader *l, const char *name, struct str text)
{
	struct reader r = {.loader = l, .name = name};

	if (text.n > CONFIG_FILE_MAX) {
		loader_problem(l, "%s: larger than %d bytes", name, (int)CONFIG_FILE_MAX);
		return;
	}
	if (!yaml_parser_initialize(&r.parser)) {
		loader_problem(l, "%s: out of memory", name);
		return;
	}
	r.seen = arena_array(l->arena, struct seen, ENTRIES_MAX);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
	(void)read_stream(&r); /* what is wrong has become a problem line */
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
}
