/*
 * Compiles the pages: templates/NAME.html becomes
 *
 *	void page_NAME(struct buf *, const struct page_NAME *);
 *
 * with the structs of server/pages/pages.h, and templates/messages/LANGUAGE become
 * the sentences in them, and enum language.  Every language has every sentence.
 * usage: tplc out.h out.c languages_gen.h FILE.html... messages/FILE...
 *
 *	{{field}} {{page.field}}           a value, escaped for where it stands
 *	{{#if field}} {{else}} {{/if}}     bool, number or text that is not empty
 *	{{#each list}} {{/each}}           list and list_count; the item's fields inside
 *	{{t key}} {{t key field}}          a sentence; the value replaces its {}, isolated:
 *	                                   its direction is not that of the sentence
 *	{{>name}}                          the text of _name.html
 *	{{asset file}}                     the content-hashed name of a static file
 *	{{script file}}                    a static file as a script; its page allows it by hash
 *	{{#block name}} {{/block}}         fills {{block name}} of layout.html
 *	{{! why }}                         nothing
 *
 * There is no way to write a value unescaped.  What would be dangerous at any
 * place (script, style, on*, unquoted values, comments) does not build, and
 * every branch of a block must end in the state of HTML in which it began.
 */
#include "cmd/tools/tplc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
read_page(struct inputs *in, const char *path)
{
	struct file *f = &in->pages[in->page_count++];

	if (in->page_count > FILES_MAX - 1)
		die(path, 0, "more than %d templates", FILES_MAX - 1);
	f->path = path;
	base_name(f->name, path);
	f->text = read_all(path, &f->n);
}

static const struct file *
find_page(const struct inputs *in, const char *name)
{
	for (size_t i = 0; i < in->page_count; i++) {
		if (!strcmp(in->pages[i].name, name))
			return &in->pages[i];
	}
	return NULL;
}

/* -- output -- */

static void
indent(struct compiler *c)
{
	for (int i = 0; i <= c->depth; i++)
		fputc('\t', c->out);
}

/* Everything constant since the last value, as one append. */
static void
flush(struct compiler *c)
{
	const char *at = c->literal;
	const char *end = c->literal + c->literal_n;

	if (at == end)
		return;
	indent(c);
	fputs("buf_add(b, STR(", c->out);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline + 1 : end;

		fputc('"', c->out);
		put_bytes(c->out, at, (size_t)(stop - at));
		fputc('"', c->out);
		if (stop < end) {
			fputc('\n', c->out);
			indent(c);
			fputc('\t', c->out);
		}
		at = stop;
	}
	fputs("));\n", c->out);
	c->literal_n = 0;
}

/* A line break and the indentation around it become one line break. */
static void
put_char(struct compiler *c, char ch)
{
	char last = c->literal_n ? c->literal[c->literal_n - 1] : '\0';

	if (c->html.place != VALUE) {
		if (last == '\n' && strchr(" \t\r\n", ch))
			return;
		while (ch == '\n' && c->literal_n && strchr(" \t", c->literal[c->literal_n - 1]))
			c->literal_n--;
	}
	if (c->literal_n == LITERAL_MAX)
		flush(c);
	c->literal[c->literal_n++] = ch;
}

__attribute__((format(printf, 2, 3))) static void
statement(struct compiler *c, const char *format, ...)
{
	va_list args;

	flush(c);
	fprintf(c->out, "#line %d \"%s\"\n", c->line, c->file->path);
	indent(c);
	va_start(args, format);
	vfprintf(c->out, format, args);
	va_end(args);
	fputc('\n', c->out);
}

static void
constant(struct compiler *c, char ch)
{
	follow(c, ch);
	put_char(c, ch);
	if (ch == '\n')
		c->line++;
}

/* -- directives -- */

/* The C expression of a field; page.x is the page's from everywhere. */
static void
expression(const struct compiler *c, const char *name, char *out, size_t size)
{
	if (!is_name(name, "."))
		die(c->file->path, c->line, "\"%s\" is not a field", name);
	if ((size_t)snprintf(
		    out, size, "%s%s", strncmp(name, "page.", 5) ? c->prefix : "p->", name) >= size)
		die(c->file->path, c->line, "the name %s is too long", name);
}

static struct block *
push(struct compiler *c, enum block_kind kind)
{
	struct block *b = &c->blocks[c->depth];

	if (c->depth == DEPTH_MAX - 1)
		die(c->file->path, c->line, "blocks nest too deep");
	*b = (struct block){.kind = kind, .before = c->html};
	memcpy(b->prefix, c->prefix, sizeof b->prefix);
	return b;
}

static void
begin_if(struct compiler *c, const char *name)
{
	char field[NAME_SIZE * 3];

	expression(c, name, field, sizeof field);
	(void)push(c, BLOCK_IF);
	statement(c, "if (HTML_IS_SET(%s)) {", field);
	c->depth++;
}

static void
begin_each(struct compiler *c, const char *name)
{
	char field[NAME_SIZE * 3];
	int i = c->depth;

	expression(c, name, field, sizeof field);
	(void)push(c, BLOCK_EACH);
	statement(c, "for (size_t i%d = 0; i%d < %s_count; i%d++) {", i, i, field, i);
	c->depth++;
	if ((size_t)snprintf(c->prefix, sizeof c->prefix, "%s[i%d].", field, i) >= sizeof c->prefix)
		die(c->file->path, c->line, "the name %s is too long", name);
}

static void
end_block(struct compiler *c, enum block_kind kind, const char *what, int floor)
{
	struct block *b = &c->blocks[c->depth > 0 ? c->depth - 1 : 0];

	if (c->depth == floor || b->kind != kind)
		die(c->file->path, c->line, "{{%s}} closes nothing", what);
	check_same_place(c, &b->before, what);
	flush(c);
	c->depth--;
	memcpy(c->prefix, b->prefix, sizeof c->prefix);
	indent(c);
	fputs("}\n", c->out);
}

static void
middle(struct compiler *c, int floor)
{
	struct block *b = &c->blocks[c->depth > 0 ? c->depth - 1 : 0];

	if (c->depth == floor || b->kind != BLOCK_IF || b->has_else)
		die(c->file->path, c->line, "{{else}} without {{#if}}");
	check_same_place(c, &b->before, "the branch before {{else}}");
	flush(c);
	b->has_else = true;
	c->html = b->before;
	c->depth--;
	indent(c);
	fputs("} else {\n", c->out);
	c->depth++;
}

static void
value(struct compiler *c, const char *name)
{
	char field[NAME_SIZE * 3];

	expression(c, name, field, sizeof field);
	statement(c, "%s(b, %s);", escape_for(c), field);
}

static void
sentence(struct compiler *c, char *rest)
{
	char *key = strsep(&rest, " ");
	char *name = rest ? trim(rest) : NULL;
	struct message *m = find_message(c->in, key);
	char field[NAME_SIZE * 3];
	char id[NAME_SIZE];

	if (!m)
		die(c->file->path, c->line, "there is no message %s", key);
	if (has_value(m->text[0]) != (name != NULL))
		die(c->file->path, c->line,
			name ? "the message %s takes no value" : "the message %s takes a value",
			key);
	if (!strcmp(escape_for(c), "HTML_URL"))
		die(c->file->path, c->line, "a message is no part of an address");
	m->used = true;
	identifier(id, key);
	statement(c, "buf_add(b, messages[p->page.language][MESSAGE_%s].before);", id);
	if (!name)
		return;
	expression(c, name, field, sizeof field);
	statement(c, "buf_add(b, STR(\"%s\"));", isolate_for(c, true));
	statement(c, "%s(b, %s);", escape_for(c), field);
	statement(c, "buf_add(b, STR(\"%s\"));", isolate_for(c, false));
	statement(c, "buf_add(b, messages[p->page.language][MESSAGE_%s].after);", id);
}

static void
asset(struct compiler *c, const char *name)
{
	if (!is_name(name, ".-"))
		die(c->file->path, c->line, "\"%s\" is not the name of a static file", name);
	if (strcmp(escape_for(c), "HTML_URL"))
		die(c->file->path, c->line, "{{asset}} is part of an address");
	statement(c, "html_asset(b, \"%s\");", name);
}

static void compile_text(struct compiler *c, const struct file *f, const char *at, const char *end);

/* The one way to a script: a file of templates/static, whole, which the page's policy
 * has to allow by its hash. */
static void
script(struct compiler *c, const char *name)
{
	if (!is_name(name, ".-_"))
		die(c->file->path, c->line, "\"%s\" is not the name of a static file", name);
	if (c->html.place != TEXT)
		die(c->file->path, c->line, "{{script}} stands between tags");
	statement(c, "html_script(b, \"%s\");", name);
}

/* The text between {{#block name}} and {{/block}} of the page. */
static void
include_block(struct compiler *c, const char *name)
{
	char begin[NAME_SIZE + 16];
	const char *at, *end;

	snprintf(begin, sizeof begin, "{{#block %s}}", name);
	if (!(at = strstr(c->page->text, begin)) || !(end = strstr(at, "{{/block}}")))
		die(c->page->path, 1, "the layout needs %s ... {{/block}}", begin);
	if (strstr(at + 1, begin))
		die(c->page->path, 1, "%s occurs twice", begin);
	compile_text(c, c->page, at + strlen(begin), end);
}

static void
include_partial(struct compiler *c, const char *name)
{
	char file_name[NAME_SIZE + 1];
	const struct file *f;

	snprintf(file_name, sizeof file_name, "_%s", name);
	if (!(f = find_page(c->in, file_name)))
		die(c->file->path, c->line, "there is no %s.html", file_name);
	compile_text(c, f, f->text, f->text + f->n);
}

static void
directive(struct compiler *c, char *text, int floor)
{
	text = trim(text);
	if (*text == '!')
		return;
	if (!strncmp(text, "#if ", 4))
		begin_if(c, trim(text + 4));
	else if (!strcmp(text, "else"))
		middle(c, floor);
	else if (!strcmp(text, "/if"))
		end_block(c, BLOCK_IF, "/if", floor);
	else if (!strncmp(text, "#each ", 6))
		begin_each(c, trim(text + 6));
	else if (!strcmp(text, "/each"))
		end_block(c, BLOCK_EACH, "/each", floor);
	else if (!strncmp(text, "t ", 2))
		sentence(c, trim(text + 2));
	else if (!strncmp(text, "asset ", 6))
		asset(c, trim(text + 6));
	else if (!strncmp(text, "script ", 7))
		script(c, trim(text + 7));
	else if (!strncmp(text, "block ", 6))
		include_block(c, trim(text + 6));
	else if (*text == '>')
		include_partial(c, trim(text + 1));
	else
		value(c, text);
}

/* What {{ and }} enclose, copied out; returns where the text goes on. */
static const char *
run_directive(struct compiler *c, const char *at, const char *end, int floor)
{
	char text[512];
	const char *close = strstr(at, "}}");
	size_t n;

	if (!close || close + 2 > end)
		die(c->file->path, c->line, "{{ without }}");
	n = (size_t)(close - at) - 2;
	if (n >= sizeof text)
		die(c->file->path, c->line, "too long for one {{ }}");
	memcpy(text, at + 2, n);
	text[n] = '\0';
	directive(c, text, floor);
	for (size_t i = 0; i < n; i++)
		c->line += text[i] == '\n';
	return close + 2;
}

static int
line_of(const struct file *f, const char *at)
{
	int line = 1;

	for (const char *p = f->text; p < at; p++)
		line += *p == '\n';
	return line;
}

/* A whole file or a part of it, inside whatever is being compiled. */
static void
compile_text(struct compiler *c, const struct file *f, const char *at, const char *end)
{
	const struct file *outer = c->file;
	int outer_line = c->line;
	int floor = c->depth;
	struct html before = c->html;

	if (++c->nesting > DEPTH_MAX)
		die(f->path, 1, "includes itself");
	c->file = f;
	c->line = line_of(f, at);
	while (at < end) {
		if (at[0] == '{' && at + 1 < end && at[1] == '{')
			at = run_directive(c, at, end, floor);
		else
			constant(c, *at++);
	}
	if (c->depth != floor)
		die(f->path, c->line, "a block is not closed");
	check_same_place(c, &before, "this text");
	c->nesting--;
	c->file = outer;
	c->line = outer_line;
}

static void
compile_page(struct inputs *in, FILE *out, const struct file *page, const struct file *layout)
{
	struct compiler c = {.in = in, .out = out, .page = page, .file = layout, .line = 1};

	snprintf(c.prefix, sizeof c.prefix, "p->");
	fprintf(out, "\nvoid\npage_%s(struct buf *b, const struct page_%s *p)\n{\n", page->name,
		page->name);
	compile_text(&c, layout, layout->text, layout->text + layout->n);
	flush(&c);
	fputs("}\n", out);
}

/* -- files out -- */

static bool
is_page(const struct file *f)
{
	return f->name[0] != '_' && strcmp(f->name, "layout");
}

static FILE *
create(const char *path)
{
	FILE *f = fopen(path, "wb");

	if (!f)
		die(path, 0, "%s", strerror(errno));
	return f;
}

static void
finish(FILE *f, const char *path)
{
	if (ferror(f) || fclose(f))
		die(path, 0, "cannot write");
}

static void
write_header(const struct inputs *in, const char *path)
{
	FILE *out = create(path);

	fputs("/* Generated from templates/ by cmd/tools/tplc.c. */\n", out);
	fputs("#ifndef PAGES_GEN_H\n#define PAGES_GEN_H\n\n#include \"server/pages/pages.h\"\n\n",
		out);
	for (size_t i = 0; i < in->page_count; i++) {
		const char *name = in->pages[i].name;

		if (is_page(&in->pages[i]))
			fprintf(out, "void page_%s(struct buf *, const struct page_%s *);\n", name,
				name);
	}
	fputs("\n/* What a scope allows, in words; empty if nothing is known of it. */\n", out);
	fputs("struct str page_scope_words(enum language, struct str scope);\n", out);
	fputs("/* The part of an error page: \"not_found.title\"; empty if there is none. */\n",
		out);
	fputs("struct str page_error_words(enum language, struct str name);\n", out);
	fputs("struct str page_ops_words(enum language, struct str name);\n", out);
	fputs("/* \"tag\", \"name\", \"dir\" or \"also\" of a language. */\n", out);
	fputs("struct str page_language_words(enum language, struct str name);\n", out);
	put_say_names(in, out);
	fputs("/* A sentence that C code chooses; a {} in it is the caller's to fill. */\n", out);
	fputs("struct str page_say(enum language, enum say);\n\n#endif\n", out);
	finish(out, path);
}

static void
write_source(struct inputs *in, const char *path)
{
	FILE *out = create(path);
	const struct file *layout = find_page(in, "layout");

	if (!layout)
		die("templates", 0, "there is no layout.html");
	fputs("/* Generated from templates/ by cmd/tools/tplc.c. */\n", out);
	fputs("#include \"pages_gen.h\"\n#include \"server/pages/html.h\"\n\n", out);
	put_messages(in, out);
	put_lookup(in, out, "scope.", "page_scope_words");
	put_lookup(in, out, "error.", "page_error_words");
	put_lookup(in, out, "ops.", "page_ops_words");
	put_lookup(in, out, "language.", "page_language_words");
	put_say(in, out);
	for (size_t i = 0; i < in->page_count; i++) {
		if (is_page(&in->pages[i]))
			compile_page(in, out, &in->pages[i], layout);
	}
	finish(out, path);
}

static void
write_languages(const struct inputs *in, const char *path)
{
	FILE *out = create(path);

	fputs("/* Generated from templates/messages/ by cmd/tools/tplc.c. */\n", out);
	fputs("#ifndef LANGUAGES_H\n#define LANGUAGES_H\n\nenum language {\n", out);
	for (size_t l = 0; l < in->language_count; l++) {
		fputc('\t', out);
		put_language(in, l, out);
		fputs(",\n", out);
	}
	fputs("\tLANGUAGE_COUNT\n};\n\n#endif\n", out);
	finish(out, path);
}

/* English names the keys, so it is read first. */
static bool
is_messages(const char *path, bool first)
{
	char name[NAME_SIZE];
	const char *dot = strrchr(path, '.');

	base_name(name, path);
	return !(dot && !strcmp(dot, ".html")) && !strcmp(name, "en") == first;
}

int
main(int argc, char **argv)
{
	struct inputs *in = calloc(1, sizeof *in);

	if (argc < 5 || !in) {
		fputs("usage: tplc out.h out.c languages_gen.h FILE.html... messages/FILE...\n",
			stderr);
		free(in);
		return 64;
	}
	for (int i = 4; i < argc; i++) {
		if (is_messages(argv[i], true))
			read_messages(in, argv[i]);
	}
	for (int i = 4; i < argc; i++) {
		const char *dot = strrchr(argv[i], '.');

		if (dot && !strcmp(dot, ".html"))
			read_page(in, argv[i]);
		else if (is_messages(argv[i], false))
			read_messages(in, argv[i]);
	}
	check_complete(in);
	write_languages(in, argv[3]);
	write_header(in, argv[1]);
	write_source(in, argv[2]);
	check_messages_used(in);
	free(in);
	return 0;
}
