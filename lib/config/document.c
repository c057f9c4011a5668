/* Writes the table of keys as YAML, Markdown, text and JSON. */
#include "lib/config/document.h"

#include "lib/base/json.h"
#include "lib/config/value.h"

#include <string.h>

/* ---- YAML ---- */

static void
indent(struct buf *out, size_t depth)
{
	for (size_t i = 0; i < depth; i++)
		buf_add_c(out, "  ");
}

/* Opens the sections of path that `open` is not in; returns what is open now. */
static struct str
open_sections(struct buf *out, struct str open, struct str path)
{
	size_t depth = 0, last = 0;

	for (size_t i = 0; i < path.n; i++) {
		struct str section = str_first(path, i);

		if (path.p[i] != '.')
			continue;
		if (!(str_starts(open, section) && (open.n == i || open.p[i] == '.'))) {
			indent(out, depth);
			buf_add(out, str_from(section, last));
			buf_add_c(out, ":\n");
		}
		depth++;
		last = i + 1;
	}
	return str_first(path, last ? last - 1 : 0);
}

static size_t
depth_of(const char *path)
{
	size_t depth = 0;

	for (; *path; path++)
		depth += *path == '.';
	return depth;
}

static const char *
last_part(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* Quoted where YAML would see something else than the text. */
static bool
needs_quotes(const struct config_key *key)
{
	return key->type != CONFIG_TYPE_BOOL && key->type != CONFIG_TYPE_INT &&
	       key->type != CONFIG_TYPE_DURATION && key->type != CONFIG_TYPE_MILLIS &&
	       key->type != CONFIG_TYPE_SECONDS;
}

static void
write_yaml_key(struct buf *out, const struct config_key *key)
{
	size_t depth = depth_of(key->path);
	const char *quote = needs_quotes(key) ? "\"" : "";

	indent(out, depth);
	buf_add_printf(out, "# %s", key->help);
	if (*key->range)
		buf_add_printf(out, " [%s%s]", key->range,
			key->type == CONFIG_TYPE_SECRET ? " bytes" : "");
	buf_add_printf(out, " (%s%s)\n", key->env, key->fixed ? "; at the start only" : "");
	indent(out, depth);
	buf_add_printf(out, "#%s: %s%s%s\n", last_part(key->path), quote, key->fallback, quote);
}

void
config_write_yaml(struct buf *out)
{
	struct str open = STR_NONE;

	buf_add_c(out,
		"# authgate: every key with its default. Take the # away from what you change.\n"
		"# The variable in parentheses, if set, wins over this file.\n"
		"# SIGHUP makes a running server read it again, but for what is read at the start "
		"only.\n"
		"# Check with: authgate config check FILE\n");
	for (size_t s = 0; s < config_section_count; s++) {
		struct str name = str_of(config_sections[s].name);

		buf_add_printf(out, "\n# %s\n", config_sections[s].help);
		for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
			struct str path = str_of(config_keys[i].path);

			if (!str_starts(path, name) || path.p[name.n] != '.')
				continue;
			open = open_sections(out, open, path);
			write_yaml_key(out, &config_keys[i]);
		}
	}
	config_write_provider_yaml(out);
}

/* ---- Markdown ---- */

static const char *
type_words(const struct config_key *key)
{
	static const char *const words[] = {
		[CONFIG_TYPE_BOOL] = "true or false",
		[CONFIG_TYPE_INT] = "number",
		[CONFIG_TYPE_DURATION] = "duration",
		[CONFIG_TYPE_MILLIS] = "duration",
		[CONFIG_TYPE_SECONDS] = "seconds or duration",
		[CONFIG_TYPE_TEXT] = "text",
		[CONFIG_TYPE_CHOICE] = "one of",
		[CONFIG_TYPE_LIST] = "list",
		[CONFIG_TYPE_SECRET] = "secret",
		[CONFIG_TYPE_PATH] = "path",
		[CONFIG_TYPE_DSN] = "path or DSN",
	};

	return words[key->type];
}

static void
write_manual_key(struct buf *out, const struct config_key *key)
{
	buf_add_printf(out, "| `%s` | `%s` | ", key->path, key->env);
	if (*key->fallback)
		buf_add_printf(out, "`%s`", key->fallback);
	buf_add_printf(out, " | %s", type_words(key));
	if (*key->range)
		buf_add_printf(out, ", `%s`", key->range);
	buf_add_printf(out, " | %s%s |\n", key->help, key->fixed ? " *At the start only.*" : "");
}

static const char manual_head[] =
	"# Configuration\n"
	"\n"
	"This page is made from `lib/config/config.def` by `authgate config print-docs`.\n"
	"\n"
	"A value comes from, weakest first: the default, the YAML file given with `--config`, "
	"`.env` in\n"
	"the working directory (only without `--config`, and only for the server), the "
	"environment, and\n"
	"`--set section.key=value`. An empty variable counts as absent. `authgate config print` "
	"shows\n"
	"every value and where it came from; `authgate config check` says what is wrong with it.\n"
	"\n"
	"Durations are written as `90s`, `30m`, `1h30m` or `30d`. Lists are words separated by "
	"commas or\n"
	"spaces, or a YAML list. Files that hold secrets and keys must not be accessible to the "
	"group or\n"
	"to others (mode 600 or 400; or 640 and 440 if they belong to root, as containers mount "
	"secrets).\n"
	"\n"
	"A running server reads everything again on SIGHUP. What is marked *at the start only* "
	"then "
	"keeps its\n"
	"value, and the log says so. A configuration with a mistake changes nothing.\n";

void
config_write_manual(struct buf *out)
{
	buf_add_c(out, manual_head);
	for (size_t s = 0; s < config_section_count; s++) {
		struct str name = str_of(config_sections[s].name);

		buf_add_printf(out,
			"\n## %s\n\n%s\n\n| YAML | Environment | Default | Type | Meaning "
			"|\n|---|---|---|---|---|\n",
			config_sections[s].name, config_sections[s].help);
		for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
			struct str path = str_of(config_keys[i].path);

			if (str_starts(path, name) && path.p[name.n] == '.')
				write_manual_key(out, &config_keys[i]);
		}
	}
	config_write_provider_manual(out);
}

/* ---- what is in force ---- */

struct str
config_origin_words(struct arena *a, const struct config_key *key, const struct config_origin *o)
{
	switch (o->source) {
	case CONFIG_FROM_DEFAULT: return STR("default");
	case CONFIG_FROM_YAML:
	case CONFIG_FROM_DOTENV: return str_printf(a, "%s:%u", o->file, o->line);
	case CONFIG_FROM_ENVIRONMENT: return str_printf(a, "environment %s", key->env);
	case CONFIG_FROM_FLAG: return STR("flag");
	}
	return STR_NONE;
}

void
config_write_values(struct arena *a, struct buf *out, const struct config_result *r)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];
		struct str value = config_value_text(a, key, &r->config);
		struct str origin = config_origin_words(a, key, &r->origins[i]);

		buf_add_printf(
			out, "%-36s %-32.*s %.*s\n", key->path, STR_ARG(value), STR_ARG(origin));
	}
}

void
config_write_json(struct arena *a, struct buf *out, const struct config_result *r)
{
	json_open(out, '{');
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];

		json_key(out, key->path);
		json_open(out, '{');
		json_member_str(out, "value", config_value_text(a, key, &r->config));
		json_member_str(out, "origin", config_origin_words(a, key, &r->origins[i]));
		json_close(out, '}');
	}
	json_close(out, '}');
	buf_add_char(out, '\n');
}
