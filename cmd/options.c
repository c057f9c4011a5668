/* Collects overrides, loads the configuration, tells what is wrong with it. */
#include "cmd/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_DEFAULT_FILE "/etc/authgate/authgate.yaml"
#define CONFIG_DEFAULT_BASE "/var/lib/authgate"

bool
options_override(struct config_options *o, const char *path, const char *value)
{
	if (o->override_count == OVERRIDES_MAX) {
		(void)fprintf(stderr, "authgate: more than %d settings\n", (int)OVERRIDES_MAX);
		return false;
	}
	o->overrides[o->override_count++] =
		(struct config_override){.path = str_of(path), .value = str_of(value)};
	return true;
}

bool
options_set(struct config_options *o, const char *assignment)
{
	struct str value = str_of(assignment);
	struct str path;

	/* What was given may be a secret: it is not repeated. */
	if (!str_has_char(value, '=')) {
		(void)fprintf(stderr, "authgate: --set: expected section.key=value\n");
		return false;
	}
	path = str_cut(&value, '=');
	if (!options_override(o, "", value.p ? value.p : ""))
		return false;
	o->overrides[o->override_count - 1].path = path;
	return true;
}

/* "authgate.env" beside "authgate.yaml": what a service manager gives a service as variables. */
static const char *
env_file_of(struct arena *a, const char *file)
{
	struct str name = str_of(file);

	if (!str_ends(name, STR(".yaml")))
		return NULL;
	return arena_printf(a, "%.*s.env", STR_ARG(str_first(name, name.n - 5)));
}

/* The file that every command reads when none is named, so that a command sees what the
 * service sees. */
static const char *
default_file(void)
{
	const char *named = getenv("AUTHGATE_CONFIG");

	if (named)
		return *named ? named : NULL;
	return access(CONFIG_DEFAULT_FILE, F_OK) ? NULL : CONFIG_DEFAULT_FILE;
}

struct config_request
options_request(struct arena *a, const struct config_options *o)
{
	const char *file = o->file ? o->file : default_file();

	return (struct config_request){
		.file = file,
		.env_file = file ? env_file_of(a, file) : NULL,
		.base = file && strcmp(file, CONFIG_DEFAULT_FILE) == 0 ? CONFIG_DEFAULT_BASE : NULL,
		.dotenv = o->dotenv && !file ? ".env" : NULL,
		.variables = (const char *const *)environ,
		.overrides = o->overrides,
		.override_count = o->override_count,
		.state_directory = o->makes_secrets ? getenv("STATE_DIRECTORY") : NULL,
		.without_secrets = o->without_secrets,
	};
}

static void
print_lines(const char *before, const struct buf *lines)
{
	struct str rest = buf_str(lines);

	while (rest.n) {
		struct str line = str_cut(&rest, '\n');

		(void)fprintf(stderr, "authgate: %s: %.*s\n", before, STR_ARG(line));
	}
}

void
options_tell(const struct config_result *result)
{
	print_lines("warning", &result->warnings);
	print_lines("error", &result->problems);
}

const struct config_result *
options_load(struct arena *a, const struct config_options *o)
{
	struct config_result *result = arena_new(a, struct config_result);
	const struct config_request request = options_request(a, o);
	enum err e = config_load(a, &request, result);

	options_tell(result);
	return e ? NULL : result;
}
