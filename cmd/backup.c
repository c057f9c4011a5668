/* authgate backup: a copy of the database, while the server runs. */
#include "lib/store/backup.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/progress.h"
#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "server/gate/admin_access.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

/* A chain of its own: the server may be running, or not. */
static enum err
record(struct arena *arena, struct store_setup setup, struct str session_secret, const char *file,
	struct diag *diag)
{
	struct context cx = {.arena = arena, .now_ms = clock_now_ms()};
	struct audit_change change = {
		.cx = &cx,
		.record = {.event = AUDIT_EVENT_BACKED_UP,
			.actor = admin_access_actor(arena, "offline", (int64_t)getuid()),
			.target = STR("database"),
			.detail = str_printf(arena, "file=%s", file)},
	};
	struct secret key = {0};
	struct store *store;
	enum err e;

	audit_key(session_secret, &key);
	setup.writer = true;
	setup.node = STR("backup");
	setup.audit_key = &key;
	if (!(e = store_open(&setup, &store, diag))) {
		if ((e = store_transaction(store, audit_write_change, &change)))
			(void)diag_set(diag, e, "%s", store_error(store));
		store_close(store);
	}
	secret_free(&key);
	return e;
}

static void
show_progress(void *progress, int64_t done, int64_t total)
{
	progress_step(progress, done >> 20, total >> 20, STR_NONE);
}

static int
back_up(struct arena *arena, const struct config_options *options, const char *file)
{
	const struct config_result *loaded = options_load(arena, options);
	struct store_setup setup = {.writer = false};
	struct diag diag = {""};
	struct progress progress;
	enum err e;

	if (!loaded)
		return EX_CONFIG;
	setup.driver = loaded->config.database_driver;
	setup.dsn = loaded->config.database_dsn;
	progress_begin(&progress, "copied", "MB");
	e = backup_write(&setup, file, show_progress, &progress, &diag);
	progress_end(&progress);
	if (e) {
		(void)fprintf(stderr, "authgate: %s\n", diag.text);
		return EX_CANTCREAT;
	}
	/* A database that is full, or of another version, is one to be copied all the same. */
	if (!loaded->config.session_secret.n)
		(void)fputs("authgate: the audit trail does not know of this copy: there is no "
			    "session_secret here to sign that with\n",
			stderr);
	else if (record(arena, setup, loaded->config.session_secret, file, &diag))
		(void)fprintf(stderr, "authgate: the audit trail does not know of this copy: %s\n",
			diag.text);
	(void)printf("%s holds a checked copy of the database\n", file);
	return EXIT_SUCCESS;
}

int
cmd_backup(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"config", required_argument, NULL, 'c'},
		{"set", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct config_options options = {.dotenv = true, .without_secrets = true};
	struct arena arena = {0};
	int option, code;

	while ((option = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
		if (option == 'c')
			options.file = optarg;
		else if (option == 'h')
			return cmd_help(2, (char *[]){argv[0], argv[0]});
		else if (option != 's' || !options_set(&options, optarg))
			return command_usage("backup");
	}
	if (optind + 1 != argc)
		return command_usage("backup");
	code = back_up(&arena, &options, argv[optind]);
	arena_free(&arena);
	return code;
}
