/* `authgate migrate`: up, down, status, verify. */
#include "cmd/command.h"
#include "cmd/options.h"

#include "lib/store/migrate.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct migrate_options {
	struct config_options config;
	int64_t to; /* -1: not given */
	bool yes;
};

static int
told(enum err e, const struct diag *d)
{
	if (!e)
		return EXIT_SUCCESS;
	(void)fprintf(stderr, "authgate migrate: %s\n", d->text[0] ? d->text : err_sentence(e));
	return EX_SOFTWARE;
}

static int
up(const struct store_setup *setup, const struct migrate_options *o)
{
	struct diag d = {{0}};
	int applied = 0;
	enum err e = migrate_up(setup, &applied, &d);

	(void)o;
	if (!e)
		(void)printf("%d applied\n", applied);
	return told(e, &d);
}

/* Undoing loses data: both the goal and the consent must be said. */
static int
down(const struct store_setup *setup, const struct migrate_options *o)
{
	struct diag d = {{0}};

	if (o->to < 0 || !o->yes) {
		(void)fprintf(stderr,
			"authgate migrate: down loses data: name the version to keep with --to N, "
			"and agree with --yes\n");
		return EXIT_USAGE;
	}
	return told(migrate_down(setup, (int)o->to, &d), &d);
}

static void
print_line(void *context, const char *line)
{
	(void)context;
	(void)printf("%s\n", line);
}

static int
status(const struct store_setup *setup, const struct migrate_options *o)
{
	struct diag d = {{0}};

	(void)o;
	return told(migrate_status(setup, print_line, NULL, &d), &d);
}

static int
verify(const struct store_setup *setup, const struct migrate_options *o)
{
	struct diag d = {{0}};

	(void)o;
	return told(migrate_verify(setup, &d), &d);
}

static const struct {
	const char *name;
	int (*run)(const struct store_setup *, const struct migrate_options *);
} actions[] = {
	{"up", up},
	{"down", down},
	{"status", status},
	{"verify", verify},
};

static int
run(struct arena *a, const char *name, const struct migrate_options *o)
{
	const struct config_result *loaded;
	struct store_setup setup = {.writer = true};

	for (size_t i = 0; i < countof(actions); i++) {
		if (strcmp(actions[i].name, name) != 0)
			continue;
		loaded = options_load(a, &o->config);
		if (!loaded)
			return EX_CONFIG;
		setup.driver = loaded->config.database_driver;
		setup.dsn = loaded->config.database_dsn;
		setup.init_timeout_s = loaded->config.database_init_timeout_s;
		return actions[i].run(&setup, o);
	}
	return command_usage("migrate");
}

static bool
take_option(struct migrate_options *o, int option)
{
	switch (option) {
	case 'c': o->config.file = optarg; return true;
	case 's': return options_set(&o->config, optarg);
	case 't':
		return str_to_i64(str_of(optarg), &o->to) == OK && o->to >= 0 && o->to <= INT32_MAX;
	case 'y': o->yes = true; return true;
	default: return false;
	}
}

int
cmd_migrate(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"config", required_argument, NULL, 'c'},
		{"set", required_argument, NULL, 's'},
		{"to", required_argument, NULL, 't'},
		{"yes", no_argument, NULL, 'y'},
		{NULL, 0, NULL, 0},
	};
	struct migrate_options o = {.config = {.dotenv = true}, .to = -1};
	struct arena a = {0};
	int option, exit_status;

	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) != -1)
		if (!take_option(&o, option))
			return command_usage("migrate");
	if (optind + 1 != argc)
		return command_usage("migrate");
	exit_status = run(&a, argv[optind], &o);
	arena_free(&a);
	return exit_status;
}
