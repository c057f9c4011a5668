/* Words and options of `authgate admin`, and what is wrong with them. */
#include "cmd/admin.h"

#include "lib/config/keys.h"

#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096, FLAG_MAX = 64 };

/* What every operation takes, in the order of take_common; the label is what stands for a value. */
enum common {
	JSON,
	YES,
	SOCKET,
	SERVER,
	PROFILE,
	CLIENT_ID,
	ACCOUNT,
	CA_FILE,
	OFFLINE,
	CONFIG,
	SET,
	FORCE,
	HELP,
	READ_ONLY,
	ASCII,
	NO_MOUSE,
};
/* From here on, options of the console, which has no noun and verb. */
enum { CONSOLE = READ_ONLY };
static const struct op_field common[] = {
	[JSON] = {"json", OP_FLAG, 0, NULL, NULL, NULL, "print the answer as JSON"},
	[YES] = {"yes", OP_FLAG, 0, NULL, NULL, NULL, "do not ask for confirmation"},
	[SOCKET] = {"socket", OP_TEXT, 0, "PATH", NULL, NULL,
		"the admin socket of a server on this machine (default: ADMIN_SOCKET, or "
		"/run/authgate/admin.sock)"},
	[SERVER] = {"server", OP_TEXT, 0, "URL", NULL, NULL,
		"an https address: ask over the network, with a stored sign-in of an administrator "
		"with the scope authgate:admin"},
	[PROFILE] = {"profile", OP_TEXT, 0, "NAME", NULL, NULL,
		"ask the server of a profile, as --server, --client-id and --ca-file would"},
	[CLIENT_ID] = {"client-id", OP_TEXT, 0, "ID", NULL, NULL,
		"with --server or --profile: which stored sign-in, by its client"},
	[ACCOUNT] = {"account", OP_TEXT, 0, "NAME", NULL, NULL,
		"with --server or --profile: which stored sign-in, by its account"},
	[CA_FILE] = {"ca-file", OP_TEXT, 0, "FILE", NULL, NULL,
		"with --server or --profile: certificates to trust instead of the system's"},
	[OFFLINE] = {"offline", OP_FLAG, 0, NULL, NULL, NULL,
		"work on the database of a stopped server"},
	[CONFIG] = {"config", OP_TEXT, 0, "FILE", NULL, NULL,
		"with --offline: the configuration file that names the database"},
	[SET] = {"set", OP_TEXT, 0, "section.key=value", NULL, NULL,
		"with --offline: over what the file says"},
	[FORCE] = {"force", OP_FLAG, 0, NULL, NULL, NULL,
		"with --offline: even if a program has the database open"},
	[HELP] = {"help", OP_FLAG, 0, NULL, NULL, NULL, "explain this command"},
	[READ_ONLY] = {"read-only", OP_FLAG, 0, NULL, NULL, NULL,
		"of the console: look only, change nothing"},
	[ASCII] = {"ascii", OP_FLAG, 0, NULL, NULL, NULL,
		"of the console: draw with ASCII characters only"},
	[NO_MOUSE] = {"no-mouse", OP_FLAG, 0, NULL, NULL, NULL,
		"of the console: leave the mouse to the terminal"},
};

/* What the command itself adds to one operation. */
static const struct {
	enum op_id op;
	struct op_field field;
} own[] = {
	{OP_audit_export, {"format", OP_CHOICE, 0, NULL, NULL, "jsonl csv",
				  "JSON Lines, or a table for spreadsheets (default: jsonl)"}},
	{OP_audit_verify, {"anchor", OP_TEXT, 0, NULL, NULL, NULL,
				  "a file of anchored heads to compare with"}},
};

/* Page after page is the command's business. */
static bool
is_driven(const struct op *op, const struct op_field *field)
{
	return (op->id == OP_audit_export || op->id == OP_audit_verify) &&
	       (!strcmp(field->name, "limit") || !strcmp(field->name, "after"));
}

static const struct op_field *
operation_option(const struct op *op, size_t *i)
{
	const struct op_field *field;

	for (size_t k = 0; op && (field = op_input(op, k)); k++)
		if (!is_driven(op, field) && !(*i)--)
			return field;
	for (size_t k = 0; op && k < countof(own); k++)
		if (own[k].op == op->id && !(*i)--)
			return &own[k].field;
	return NULL;
}

const struct op_field *
admin_option(const struct op *op, size_t i, bool *ret_common)
{
	const struct op_field *field = operation_option(op, &i);

	*ret_common = !field;
	return field || i >= (op ? CONSOLE : countof(common)) ? field : &common[i];
}

bool
admin_option_has_no(const struct op *op, const struct op_field *field)
{
	return op && field->kind == OP_FLAG && op->says & (OP_CREATE | OP_EDIT) &&
	       op_input_named(op, str_of(field->name));
}

const char *
admin_option_value(struct arena *arena, const struct op_field *field)
{
	bool is_common = field >= common && field < common + countof(common);
	char buffer[FLAG_MAX], *word;

	if (field->kind == OP_FLAG || field->kind == OP_SECRET)
		return "";
	if (is_common && field->label)
		return field->label;
	if (field->kind == OP_DURATION)
		return "24h";
	if (field->choices) {
		struct str text = str_copy(arena, str_of(field->choices));

		for (char *p = (char *)(uintptr_t)text.p; *p; p++)
			if (*p == ' ')
				*p = '|';
		return text.p;
	}
	(void)op_flag(field, buffer);
	word = strrchr(buffer, '-');
	word = word ? word + 1 : buffer;
	for (char *p = word; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	return arena_printf(arena, "%s", word);
}

/* ---- what is wrong ---- */

static bool
complain(const struct admin_call *c, const char *what, const char *nearest)
{
	(void)fprintf(stderr, "authgate: %s", what);
	if (nearest)
		(void)fprintf(stderr, "; did you mean %s?", nearest);
	(void)fprintf(stderr, "\n`authgate admin%s%s%s%s --help` tells more.\n",
		c->resource ? " " : "", c->resource ? c->resource->noun : "", c->op ? " " : "",
		c->op ? c->op->verb : "");
	return false;
}

static bool
unknown_noun(struct admin_call *c, const char *word)
{
	const char *nearest = NULL;
	size_t distance = SIZE_MAX;

	for (size_t i = 0; i < RESOURCE_COUNT; i++)
		if (resources[i].noun &&
			(edit_nearer(str_of(word), resources[i].noun, &distance) ||
				edit_nearer(str_of(word), resources[i].plural, &distance)))
			nearest = resources[i].noun;
	return complain(c,
		arena_printf(c->arena, "there is nothing called \"%s\" to administer", word),
		nearest);
}

static bool
unknown_verb(struct admin_call *c, const char *word)
{
	const char *nearest = NULL;
	size_t distance = SIZE_MAX;

	for (size_t i = 0; i < OP_COUNT; i++)
		if (ops[i].resource == c->resource->id &&
			edit_nearer(str_of(word), ops[i].verb, &distance))
			nearest = ops[i].verb;
	return complain(
		c, arena_printf(c->arena, "%s has no \"%s\"", c->resource->noun, word), nearest);
}

static const char *
words_of(const struct admin_call *c)
{
	if (!c->op)
		return c->resource ? c->resource->noun : "admin";
	return arena_printf(c->arena, "%s %s", c->resource->noun, c->op->verb);
}

static bool
unknown_option(struct admin_call *c, const char *word)
{
	const char *nearest = NULL;
	const struct op_field *field;
	size_t distance = SIZE_MAX;
	char buffer[FLAG_MAX];
	bool is_common;

	for (size_t i = 0; (field = admin_option(c->op, i, &is_common)); i++)
		if (edit_nearer(str_of(word), op_flag(field, buffer), &distance))
			nearest = arena_printf(c->arena, "--%s", buffer);
	return complain(
		c, arena_printf(c->arena, "%s has no option --%s", words_of(c), word), nearest);
}

static bool
bad_choice(struct admin_call *c, const struct op_field *field, struct str given)
{
	const char *nearest = NULL;
	size_t distance = SIZE_MAX;
	char buffer[FLAG_MAX];

	STR_EACH (word, str_of(field->choices)) {
		const char *choice = str_c(c->arena, word);

		if (edit_nearer(given, choice, &distance))
			nearest = choice;
	}
	return complain(c,
		arena_printf(c->arena, "--%s is one of %s, not \"%.*s\"", op_flag(field, buffer),
			field->choices, STR_ARG(given)),
		nearest);
}

/* ---- options ---- */

static bool
is_choice(const struct op_field *field, struct str given)
{
	STR_EACH (word, str_of(field->choices))
		if (str_eq(word, given))
			return true;
	return !given.n;
}

/* The words of a list that is given again are joined. */
static bool
take_value(struct admin_call *c, const struct op_field *field, struct str text)
{
	if (field->kind == OP_CHOICE && !is_choice(field, text))
		return bad_choice(c, field, text);
	for (size_t i = 0; i < c->value_count; i++) {
		if (c->values[i].field != field)
			continue;
		if (field->kind == OP_WORDS)
			text = str_printf(
				c->arena, "%.*s %.*s", STR_ARG(c->values[i].text), STR_ARG(text));
		c->values[i].text = text;
		return true;
	}
	if (c->value_count == ADMIN_VALUES_MAX)
		return complain(c, "too many options", NULL);
	c->values[c->value_count++] = (struct door_value){field, text};
	return true;
}

/* Without an echo, if a person types it. */
static bool
read_secret(struct admin_call *c, const struct op_field *field)
{
	struct termios before, quiet;
	bool is_terminal = isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &before);
	char line[LINE_MAX_BYTES];
	bool is_read;

	if (is_terminal) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		(void)fprintf(stderr, "%s: ", field->label ? field->label : field->name);
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	is_read = fgets(line, sizeof line, stdin) != NULL;
	if (is_terminal) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		(void)fputc('\n', stderr);
	}
	if (is_read)
		line[strcspn(line, "\r\n")] = '\0';
	if (!is_read || !*line)
		return complain(c, "standard input holds no password", NULL);
	return take_value(c, field, str_copy(c->arena, str_of(line)));
}

static bool
take_common(struct admin_call *c, enum common which, const char *value)
{
	switch (which) {
	case JSON: c->json = true; break;
	case YES: c->yes = true; break;
	case SOCKET: c->socket = value; break;
	case SERVER: c->server = value; break;
	case PROFILE: c->profile = value; break;
	case CLIENT_ID: c->client_id = value; break;
	case ACCOUNT: c->account = value; break;
	case CA_FILE: c->ca_file = value; break;
	case OFFLINE: c->offline = true; break;
	case CONFIG: c->options.file = value; break;
	case SET: return options_set(&c->options, value);
	case FORCE: c->force = true; break;
	case HELP: c->help = true; break;
	case READ_ONLY: c->console.read_only = c->is_console = true; break;
	case ASCII: c->console.ascii = c->is_console = true; break;
	case NO_MOUSE: c->console.no_mouse = c->is_console = true; break;
	}
	return true;
}

static bool
take_own(struct admin_call *c, const struct op_field *field, const char *value)
{
	if (field->kind == OP_CHOICE && !is_choice(field, str_of(value)))
		return bad_choice(c, field, str_of(value));
	if (!strcmp(field->name, "format"))
		c->format = value;
	else
		c->anchor = value;
	return true;
}

static bool
take_option(struct admin_call *c, const struct op_field *field, bool is_common, const char *value)
{
	if (is_common)
		return take_common(c, (enum common)(field - common), value);
	if (!op_input_named(c->op, str_of(field->name)))
		return take_own(c, field, value);
	/* Read when all else is known to be right: read_secrets. */
	if (field->kind == OP_SECRET)
		return take_value(c, field, STR_NONE);
	return take_value(c, field, field->kind == OP_FLAG ? STR("true") : str_of(value));
}

static const struct op_field *
find_option(const struct admin_call *c, struct str name, bool *ret_common)
{
	const struct op_field *field;
	char buffer[FLAG_MAX];

	for (size_t i = 0; (field = admin_option(c->op, i, ret_common)); i++)
		if (str_is(name, op_flag(field, buffer)))
			return field;
	return NULL;
}

/* --no-FLAG */
static const struct op_field *
find_denied(const struct admin_call *c, struct str name)
{
	const struct op_field *field = NULL;
	bool is_common = true;

	if (str_starts(name, STR("no-")))
		field = find_option(c, str_from(name, 3), &is_common);
	return field && !is_common && admin_option_has_no(c->op, field) ? field : NULL;
}

/* argv[i] begins with "--"; returns how many words it was, 0 after a complaint. */
static int
read_option(struct admin_call *c, int argc, char **argv, int i)
{
	const char *equals = strchr(argv[i], '=');
	const char *value = equals ? equals + 1 : NULL;
	struct str name = str_of(argv[i] + 2);
	bool is_common, takes_value;
	const struct op_field *field;

	if (equals)
		name = str_first(name, (size_t)(equals - argv[i]) - 2);
	field = find_option(c, name, &is_common);
	if (!field && (field = find_denied(c, name)))
		return take_value(c, field, STR("false"));
	if (!field)
		return unknown_option(c, str_c(c->arena, name));
	takes_value = *admin_option_value(c->arena, field);
	if (!takes_value && value)
		return complain(
			c, arena_printf(c->arena, "--%.*s takes no value", STR_ARG(name)), NULL);
	if (!takes_value || value)
		return take_option(c, field, is_common, value) ? 1 : 0;
	if (i + 1 >= argc)
		return complain(c,
			arena_printf(c->arena, "--%.*s needs a value: %s", STR_ARG(name),
				admin_option_value(c->arena, field)),
			NULL);
	return take_option(c, field, is_common, argv[i + 1]) ? 2 : 0;
}

/* ---- words ---- */

static bool
read_word(struct admin_call *c, const char *word)
{
	if (!c->resource) {
		c->resource = resource_named(str_of(word));
		return c->resource || unknown_noun(c, word);
	}
	if (!c->op) {
		c->op = op_named(c->resource, str_of(word));
		return c->op || unknown_verb(c, word);
	}
	if (c->id_count == op_param_count(c->op))
		return complain(c,
			arena_printf(c->arena, "%s has no use for \"%s\"", words_of(c), word),
			NULL);
	if (!*word)
		return complain(c, "an ID cannot be empty", NULL);
	c->ids[c->id_count++] = str_of(word);
	return true;
}

/* What would have no effect is no option here. */
static bool
check_way(const struct admin_call *c)
{
	const struct {
		bool is_said;
		bool has_use;
		const char *what;
	} rules[] = {
		{c->options.file || c->options.override_count || c->force, c->offline,
			"--config, --set and --force go with --offline"},
		{c->client_id || c->account || c->ca_file, c->server || c->profile,
			"--client-id, --account and --ca-file go with --server or --profile"},
	};

	for (size_t i = 0; i < countof(rules); i++)
		if (rules[i].is_said && !rules[i].has_use)
			return complain(c, rules[i].what, NULL);
	return true;
}

static bool
check(struct admin_call *c)
{
	const struct op_field *field;
	char buffer[FLAG_MAX];

	if (c->help)
		return true;
	if (c->resource && c->is_console)
		return complain(
			c, "--read-only, --ascii and --no-mouse go with no noun and verb", NULL);
	if (!check_way(c))
		return false;
	if (!c->op)
		return true;
	if (c->id_count < op_param_count(c->op)) {
		struct str param = op_param(c->op, c->id_count);

		return complain(c,
			arena_printf(c->arena, "%s needs %s", words_of(c),
				str_is(param, "id")
					? c->resource->id_help
					: str_c(c->arena, str_printf(c->arena, "the %.*s",
								  STR_ARG(param)))),
			NULL);
	}
	for (size_t i = 0; (field = op_input(c->op, i)); i++) {
		bool is_said = !op_needs(c->op, field);

		for (size_t k = 0; !is_said && k < c->value_count; k++)
			is_said = c->values[k].field == field;
		if (!is_said)
			return complain(c,
				arena_printf(c->arena, "%s needs --%s %s", words_of(c),
					op_flag(field, buffer),
					admin_option_value(c->arena, field)),
				NULL);
	}
	return true;
}

static bool
read_secrets(struct admin_call *c)
{
	for (size_t i = 0; !c->help && i < c->value_count; i++)
		if (c->values[i].field->kind == OP_SECRET && !read_secret(c, c->values[i].field))
			return false;
	return true;
}

bool
admin_options_read(struct admin_call *c, int argc, char **argv)
{
	bool only_words = false;
	int n;

	for (int i = 1; i < argc; i += n) {
		n = 1;
		if (!only_words && !strcmp(argv[i], "--"))
			only_words = true;
		else if (!only_words && !strcmp(argv[i], "-h"))
			c->help = true;
		else if (!only_words && !strncmp(argv[i], "--", 2))
			n = read_option(c, argc, argv, i);
		else if (!read_word(c, argv[i]))
			n = 0;
		if (!n)
			return false;
	}
	return check(c) && read_secrets(c);
}
