/* The sentences of templates/messages: read, checked, and written as tables. */
#include "cmd/tools/tplc.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define SAY_PREFIX "say."

struct message *
find_message(struct inputs *in, const char *key)
{
	for (size_t i = 0; i < in->message_count; i++) {
		if (!strcmp(in->messages[i].key, key))
			return &in->messages[i];
	}
	return NULL;
}

bool
has_value(const char *text)
{
	return strstr(text, "{}") != NULL;
}

/* The first language names the keys; others translate them. */
static void
add_message(
	struct inputs *in, const char *path, int line, size_t language, const char *key, char *text)
{
	struct message *m = find_message(in, key);

	if (!is_name(key, ".:") || strlen(key) >= NAME_SIZE)
		die(path, line, "\"%s\" is not a key: use a-z, 0-9, '_', '.' and ':'", key);
	if (m && m->text[language])
		die(path, line, "%s occurs twice", key);
	if (!m && language)
		die(path, line, "%s is not in messages/%s", key, in->languages[0]);
	if (!*text)
		die(path, line, "%s has no text", key);
	if (m && m->text[0] && has_value(text) != has_value(m->text[0]))
		die(path, line, "%s needs {} in every language or in none", key);
	if (has_value(text) && has_value(strstr(text, "{}") + 2))
		die(path, line, "%s has more than one {}", key);
	if (!m && in->message_count == MESSAGES_MAX)
		die(path, line, "more than %d messages", MESSAGES_MAX);
	if (!m) {
		m = &in->messages[in->message_count++];
		snprintf(m->key, sizeof m->key, "%s", key);
	}
	m->text[language] = text;
}

void
read_messages(struct inputs *in, const char *path)
{
	size_t n;
	char *at = read_all(path, &n);
	size_t language = in->language_count++;

	if (language == LANGUAGES_MAX)
		die(path, 0, "more than %d languages", LANGUAGES_MAX);
	base_name(in->languages[language], path);
	for (int line = 1; at; line++) {
		char *text = strsep(&at, "\n");
		char *equals = strchr(text, '=');

		if (!*trim(text) || *trim(text) == '#')
			continue;
		if (!equals)
			die(path, line, "expected \"key = sentence\"");
		*equals = '\0';
		add_message(in, path, line, language, trim(text), trim(equals + 1));
	}
}

void
identifier(char out[NAME_SIZE], const char *key)
{
	size_t i;

	for (i = 0; key[i]; i++)
		out[i] = strchr(".:", key[i]) ? '_' : key[i];
	out[i] = '\0';
}

/* A sentence's bytes as HTML, safe in text and in attributes. */
static void
put_escaped(FILE *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strchr("&<>\"'", s[i]))
			fprintf(out, "&#%d;", s[i]);
		else
			put_bytes(out, s + i, 1);
	}
}

static void
put_message(FILE *out, const struct message *m, size_t language)
{
	const char *text = m->text[language];
	const char *hole = strstr(text, "{}");
	char id[NAME_SIZE];

	identifier(id, m->key);
	fprintf(out, "\t\t[MESSAGE_%s] = {STR_INIT(\"", id);
	put_escaped(out, text, hole ? (size_t)(hole - text) : strlen(text));
	fputs("\"), STR_INIT(\"", out);
	put_escaped(out, hole ? hole + 2 : "", hole ? strlen(hole + 2) : 0);
	fputs("\")},\n", out);
}

void
put_language(const struct inputs *in, size_t language, FILE *out)
{
	fputs("LANGUAGE_", out);
	for (const char *p = in->languages[language]; *p; p++)
		fputc(*p == '-' ? '_' : toupper((unsigned char)*p), out);
}

void
check_complete(const struct inputs *in)
{
	for (size_t l = 0; l < in->language_count; l++)
		for (size_t i = 0; i < in->message_count; i++)
			if (!in->messages[i].text[l])
				die("templates/messages", 0, "%s lacks %s", in->languages[l],
					in->messages[i].key);
}

void
put_messages(const struct inputs *in, FILE *out)
{
	char id[NAME_SIZE];

	fputs("enum message_id {\n", out);
	for (size_t i = 0; i < in->message_count; i++) {
		identifier(id, in->messages[i].key);
		fprintf(out, "\tMESSAGE_%s,\n", id);
	}
	fputs("\tMESSAGE_COUNT\n};\n\nstruct message {\n\tstruct str before, after;\n};\n\n", out);
	fputs("static const struct message messages[LANGUAGE_COUNT][MESSAGE_COUNT] = {\n", out);
	for (size_t l = 0; l < in->language_count; l++) {
		fputs("\t[", out);
		put_language(in, l, out);
		fputs("] = {\n", out);
		for (size_t i = 0; i < in->message_count; i++)
			put_message(out, &in->messages[i], l);
		fputs("\t},\n", out);
	}
	fputs("};\n", out);
}

/* The text of a message in every language as plain text: a value like any other,
 * escaped where it is shown. */
static void
put_plain(const struct message *m, size_t languages, FILE *out)
{
	for (size_t l = 0; l < languages; l++) {
		const char *text = m->text[l];

		fputs("\t\t\tSTR_INIT(\"", out);
		put_bytes(out, text, strlen(text));
		fputs("\"),\n", out);
	}
}

/* Keys that begin with prefix are looked up by the rest of their name, which no
 * template knows: that of a scope, of an error. */
void
put_lookup(struct inputs *in, FILE *out, const char *prefix, const char *function)
{
	size_t skip = strlen(prefix);

	fprintf(out, "\nstruct str\n%s(enum language language, struct str name)\n{\n", function);
	for (size_t i = 0; i < in->message_count; i++) {
		struct message *m = &in->messages[i];

		if (strncmp(m->key, prefix, skip))
			continue;
		m->used = true;
		fprintf(out, "\tif (str_is(name, \"%s\")) {\n", m->key + skip);
		fputs("\t\tstatic const struct str words[LANGUAGE_COUNT] = {\n", out);
		put_plain(m, in->language_count, out);
		fputs("\t\t};\n\n\t\treturn words[language];\n\t}\n", out);
	}
	fputs("\t(void)language;\n\t(void)name;\n\treturn STR_NONE;\n}\n", out);
}

/* Keys that C code names: say.KEY is SAY_KEY. */
void
put_say_names(const struct inputs *in, FILE *out)
{
	char id[NAME_SIZE];

	fputs("\nenum say {\n\tSAY_NOTHING,\n", out);
	for (size_t i = 0; i < in->message_count; i++) {
		if (strncmp(in->messages[i].key, SAY_PREFIX, strlen(SAY_PREFIX)))
			continue;
		identifier(id, in->messages[i].key + strlen(SAY_PREFIX));
		for (char *p = id; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		fprintf(out, "\tSAY_%s,\n", id);
	}
	fputs("};\n", out);
}

void
put_say(struct inputs *in, FILE *out)
{
	fputs("\nstruct str\npage_say(enum language language, enum say say)\n{\n", out);
	fputs("\tstatic const struct str words[][LANGUAGE_COUNT] = {\n\t\t{STR_INIT(\"\")},\n",
		out);
	for (size_t i = 0; i < in->message_count; i++) {
		struct message *m = &in->messages[i];

		if (strncmp(m->key, SAY_PREFIX, strlen(SAY_PREFIX)))
			continue;
		m->used = true;
		fputs("\t\t{\n", out);
		put_plain(m, in->language_count, out);
		fputs("\t\t},\n", out);
	}
	fputs("\t};\n\n\treturn words[say][language];\n}\n", out);
}

void
check_messages_used(const struct inputs *in)
{
	for (size_t i = 0; i < in->message_count; i++) {
		if (!in->messages[i].used)
			die("templates/messages", 0, "no page uses %s", in->messages[i].key);
	}
}
