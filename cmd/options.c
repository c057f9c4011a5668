/* Collects overrides, loads the configuration, tells what is wrong with it. */
#include "cmd/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

struct config_request
options_request(const struct config_options *o)
{
	return (struct config_request){
		.file = o->file,
		.dotenv = o->dotenv && !o->file ? ".env" : NULL,
		.variables = (const char *const *)environ,
		.overrides = o->overrides,
		.override_count = o->override_count,
		.state_directory = o->makes_secrets ? getenv("STATE_DIRECTORY") : NULL,
	};
}

const struct config_result *
options_load(struct arena *a, const struct config_options *o)
{
	struct config_result *result = arena_new(a, struct config_result);
	const struct config_request request = options_request(o);
	enum err e = config_load(a, &request, result);

	(void)fprintf(stderr, "%.*s", STR_ARG(buf_str(&result->warnings)));
	(void)fprintf(stderr, "%.*s", STR_ARG(buf_str(&result->problems)));
	return e ? NULL : result;
}
