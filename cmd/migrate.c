/* `authgate migrate`: the schema; and moving in from elsewhere. */
#include "cmd/migrate.h"

#include "cmd/command.h"

#include "lib/crypto/digest.h"
#include "lib/store/migrate.h"
#include "lib/store/snapshot.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

int
migrate_told(enum err e, const struct diag *d)
{
	if (!e)
		return EXIT_SUCCESS;
	(void)fprintf(stderr, "authgate migrate: %s\n", d->text[0] ? d->text : err_sentence(e));
	return EX_SOFTWARE;
}

static int
up(const struct migrate_call *call)
{
	struct diag d = {{0}};
	int applied = 0;
	enum err e = migrate_up(&call->setup, &applied, &d);

	if (!e)
		(void)printf("%d applied\n", applied);
	return migrate_told(e, &d);
}

/* Undoing loses data: both the goal and the consent must be said. */
static int
down(const struct migrate_call *call)
{
	const struct migrate_options *o = call->options;
	struct diag d = {{0}};

	if (o->to_version < 0 || !o->yes) {
		(void)fprintf(stderr,
			"authgate migrate: down loses data: name the version to keep with --to N, "
			"and agree with --yes\n");
		return EXIT_USAGE;
	}
	return migrate_told(migrate_down(&call->setup, (int)o->to_version, &d), &d);
}

static void
print_line(void *context, const char *line)
{
	(void)context;
	(void)printf("%s\n", line);
}

static int
status(const struct migrate_call *call)
{
	struct diag d = {{0}};

	return migrate_told(migrate_status(&call->setup, print_line, NULL, &d), &d);
}

static int
verify(const struct migrate_call *call)
{
	struct diag d = {{0}};

	return migrate_told(migrate_verify(&call->setup, &d), &d);
}

static int
restore(const struct migrate_call *call)
{
	struct diag d = {{0}};
	enum err e;

	if (!call->options->yes) {
		(void)fprintf(stderr,
			"authgate migrate: what was changed since the copy was made is lost: agree "
			"with --yes\n");
		return EXIT_USAGE;
	}
	e = snapshot_restore(&call->setup, call->options->argument, &d);
	if (!e)
		(void)printf("the database is a copy of %s\n", call->options->argument);
	return migrate_told(e, &d);
}

static const struct action {
	const char *name;
	int (*run)(const struct migrate_call *);
	bool takes_argument;
	bool needs_secrets;
} actions[] = {
	{"up", up, false, false},
	{"down", down, false, false},
	{"status", status, false, false},
	{"verify", verify, false, false},
	{"restore", restore, true, false},
	{"copy", migrate_copy, false, true},
	{"from-go", migrate_from_go, true, true},
};

static const struct action *
find_action(const char *name)
{
	for (size_t i = 0; i < countof(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

static int
do_action(struct arena *a, const char *name, struct migrate_options *o)
{
	const struct action *action = find_action(name);
	const struct config_result *loaded;
	struct migrate_call call = {.arena = a, .options = o};

	if (!action || action->takes_argument != (o->argument != NULL))
		return command_usage("migrate");
	o->config.without_secrets = !action->needs_secrets;
	if (crypto_init() || !(loaded = options_load(a, &o->config)))
		return EX_CONFIG;
	call.config = &loaded->config;
	call.setup = (struct store_setup){
		.driver = loaded->config.database_driver,
		.dsn = loaded->config.database_dsn,
		.snapshots = loaded->config.database_snapshot,
		.init_timeout_s = loaded->config.database_init_timeout_s,
		.writer = true,
	};
	return action->run(&call);
}

/* A number is the version to go down to, all else a database to copy to. */
static bool
take_to(struct migrate_options *o)
{
	o->to = optarg;
	if (str_to_i64(str_of(optarg), &o->to_version))
		return true;
	return o->to_version >= 0 && o->to_version <= INT32_MAX;
}

static bool
take_option(struct migrate_options *o, int option)
{
	switch (option) {
	case 'c': o->config.file = optarg; return true;
	case 's': return options_set(&o->config, optarg);
	case 'f': o->from = optarg; return true;
	case 't': return take_to(o);
	case 'y': o->yes = true; return true;
	case 'o': o->online = true; return true;
	case 'n': o->dry_run = true; return true;
	case 'a': o->add_scopes = true; return true;
	case 'C': o->add_connections = true; return true;
	default: return false;
	}
}

int
cmd_migrate(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"config", required_argument, NULL, 'c'},
		{"set", required_argument, NULL, 's'},
		{"from", required_argument, NULL, 'f'},
		{"to", required_argument, NULL, 't'},
		{"yes", no_argument, NULL, 'y'},
		{"online", no_argument, NULL, 'o'},
		{"dry-run", no_argument, NULL, 'n'},
		{"add-scopes", no_argument, NULL, 'a'},
		{"add-connections", no_argument, NULL, 'C'},
		{NULL, 0, NULL, 0},
	};
	struct migrate_options o = {.config = {.dotenv = true}, .to_version = -1};
	struct arena a = {0};
	int option, exit_status;

	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) != -1)
		if (!take_option(&o, option))
			return command_usage("migrate");
	if (optind == argc || optind + 2 < argc)
		return command_usage("migrate");
	o.argument = optind + 2 == argc ? argv[optind + 1] : NULL;
	exit_status = do_action(&a, argv[optind], &o);
	arena_free(&a);
	return exit_status;
}
