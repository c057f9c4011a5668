/* authgate backup: a copy of the database, while the server runs. */
#include "lib/store/backup.h"
#include "cmd/command.h"
#include "cmd/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static int
run(struct arena *arena, const struct config_options *options, const char *file)
{
	const struct config_result *loaded = options_load(arena, options);
	struct store_setup setup = {.writer = false};
	struct diag diag = {""};

	if (!loaded)
		return EX_CONFIG;
	setup.driver = loaded->config.database_driver;
	setup.dsn = loaded->config.database_dsn;
	if (backup_write(&setup, file, &diag)) {
		(void)fprintf(stderr, "authgate: %s\n", diag.text);
		return EX_CANTCREAT;
	}
	(void)printf("%s holds a checked copy of the database\n", file);
	return EXIT_SUCCESS;
}

int
cmd_backup(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"config", required_argument, NULL, 'c'},
		{"set", required_argument, NULL, 's'},
		{NULL, 0, NULL, 0},
	};
	struct config_options options = {.dotenv = true};
	struct arena arena = {0};
	int option, code;

	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) != -1) {
		if (option == 'c')
			options.file = optarg;
		else if (option != 's' || !options_set(&options, optarg))
			return command_usage("backup");
	}
	if (optind + 1 != argc)
		return command_usage("backup");
	code = run(&arena, &options, argv[optind]);
	arena_free(&arena);
	return code;
}
