/* Reads every source in order of strength, then has the whole checked. */
#include "lib/config/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_SIZE = 1024, REPORT_MAX = 64 * 1024 };

/* ---- struct loader ---- */

static void
add_line(struct buf *out, const char *format, va_list args)
{
	char line[LINE_SIZE];

	(void)vsnprintf(line, sizeof line, format, args);
	/* A name or a path may hold a line end, a report line may not. */
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	buf_add_c(out, line);
	buf_add_char(out, '\n');
}

void
loader_problem(struct loader *l, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_line(&l->result->problems, format, args);
	va_end(args);
}

void
loader_warning(struct loader *l, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_line(&l->result->warnings, format, args);
	va_end(args);
}

void
loader_key_problem(struct loader *l, const struct config_key *key, const char *format, ...)
{
	const struct config_origin *origin = &l->result->origins[key - config_keys];
	struct str where = config_origin_name(l->arena, key, origin);
	char text[LINE_SIZE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	loader_problem(l, "%.*s: %s", STR_ARG(where), text);
}

void
loader_put(struct loader *l, const struct config_key *key, struct str value,
	struct config_origin origin)
{
	const char *expected = "";
	struct str where;
	struct buf got;

	if (config_value_parse(l->arena, key, value, &l->result->config, &expected) == OK) {
		l->result->origins[key - config_keys] = origin;
		return;
	}
	l->refused[key - config_keys] = true;
	buf_init(&got, l->arena, LINE_SIZE);
	if (key->type == CONFIG_TYPE_SECRET || key->type == CONFIG_TYPE_DSN)
		buf_add_printf(&got, "%zu bytes", value.n);
	else
		config_quote(&got, value);
	where = config_origin_name(l->arena, key, &origin);
	loader_problem(l, "%.*s: expected %s, got %s", STR_ARG(where), expected, got.p);
}

void
loader_put_variable(
	struct loader *l, struct str name, struct str value, struct config_origin origin)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		if (str_is(name, config_keys[i].env))
			loader_put(l, &config_keys[i], value, origin);
	if (str_is(name, "DATABASE_PATH")) {
		l->database_path = value;
		l->database_path_origin = origin;
	}
	ignored_warn(l, name);
}

/* ---- the sources ---- */

static void
put_defaults(struct loader *l)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		loader_put(l, &config_keys[i], str_of(config_keys[i].fallback),
			(struct config_origin){.source = CONFIG_FROM_DEFAULT});
}

static void
put_yaml(struct loader *l, const char *path)
{
	struct str text;

	if (config_file_read(l, path, CONFIG_FILE_MAX, &text) == OK)
		yaml_read(l, path, text);
}

/* Whoever may write .env decides what this process does. */
static void
put_dotenv(struct loader *l, const char *path)
{
	struct stat st;
	struct str text;

	if (stat(path, &st)) {
		if (errno != ENOENT)
			loader_problem(l, "%s: %s", path, strerror(errno));
		return;
	}
	if (st.st_uid != geteuid() && st.st_uid != 0)
		loader_problem(l, "%s: belongs to another user", path);
	else if (st.st_mode & S_IWOTH)
		loader_problem(l, "%s: anybody may write it: chmod o-w %s", path, path);
	else if (config_file_read(l, path, CONFIG_FILE_MAX, &text) == OK)
		dotenv_read(l, path, text);
}

/* root's file beside a configuration that everybody may read: its variables are in the
 * environment of a service that the service manager has started. */
static void
put_env_file(struct loader *l, const char *path)
{
	if (!access(path, F_OK) && faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) && errno == EACCES)
		l->unread = path;
	else
		put_dotenv(l, path);
}

static void
put_variables(struct loader *l, const char *const *variables)
{
	struct config_origin origin = {.source = CONFIG_FROM_ENVIRONMENT};

	for (; *variables; variables++) {
		struct str value = str_of(*variables);
		struct str name = str_cut(&value, '=');

		if (!str_empty(value))
			loader_put_variable(l, name, value, origin);
	}
}

/* DATABASE_PATH is the Go original's name for SQLite's file, behind DATABASE_DSN. */
static void
put_database_path(struct loader *l)
{
	const struct config *c = &l->result->config;
	const struct config_key *dsn = &config_keys[CONFIG_KEY_database_dsn];
	bool wanted = l->result->origins[CONFIG_KEY_database_dsn].source == CONFIG_FROM_DEFAULT;

	if (l->database_path.n && wanted && str_is(c->database_driver, "sqlite"))
		loader_put(l, dsn, l->database_path, l->database_path_origin);
	else if (l->database_path.n)
		loader_warning(l,
			"DATABASE_PATH is not used: %s is set, or the database is "
			"not SQLite's",
			dsn->path);
}

static void
put_overrides(struct loader *l, const struct config_override *overrides, size_t count)
{
	struct config_origin origin = {.source = CONFIG_FROM_FLAG};

	for (size_t i = 0; i < count; i++) {
		struct str path = overrides[i].path;
		const struct config_key *key = config_key_by_path(path);
		const char *nearest;
		struct buf text;

		if (key && key->type == CONFIG_TYPE_SECRET) {
			loader_problem(l, "--set %s: every user sees an argument: use %s or a file",
				key->path, key->env);
			continue;
		}
		if (key) {
			loader_put(l, key, overrides[i].value, origin);
			continue;
		}
		buf_init(&text, l->arena, LINE_SIZE);
		config_quote(&text, path);
		nearest = config_nearest(l->arena, path);
		if (nearest)
			buf_add_printf(&text, ", did you mean \"%s\"?", nearest);
		loader_problem(l, "--set: unknown key %s", text.p);
	}
}

enum err
config_load(struct arena *a, const struct config_request *request, struct config_result *ret)
{
	struct loader l = {.arena = a, .result = ret, .request = request};

	memset(ret, 0, sizeof *ret);
	buf_init(&ret->problems, a, REPORT_MAX);
	buf_init(&ret->warnings, a, REPORT_MAX);
	put_defaults(&l);
	if (request->file)
		put_yaml(&l, request->file);
	if (request->env_file)
		put_env_file(&l, request->env_file);
	if (request->dotenv)
		put_dotenv(&l, request->dotenv);
	if (request->variables)
		put_variables(&l, request->variables);
	put_overrides(&l, request->overrides, request->override_count);
	put_database_path(&l);
	secret_files_read(&l, request->state_directory);
	providers_read(&l);
	private_files_check(&l);
	config_check(&l);
	return ret->problems.n ? ERR_CONFIG : OK;
}
