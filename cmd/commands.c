/*
 * The table of subcommands.  To add one: a file cmd/<name>.c with
 * cmd_<name>, its declaration in command.h, a row here.
 */
#include "cmd/command.h"

#include <stdio.h>
#include <string.h>

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < commands_count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

int
command_usage(const char *name)
{
	const struct command *c = command_find(name);

	(void)fprintf(stderr, "usage: authgate %s %s\n", name, c ? c->synopsis : "");
	return EXIT_USAGE;
}

const struct command commands[] = {
	{
		.name = "server",
		.synopsis = "[--config FILE] [--addr ADDRESS] [--set section.key=value]...",
		.help = "serve until told to stop",
		.run = cmd_server,
	},
	{
		.name = "migrate",
		.synopsis = "[--config FILE] [--set section.key=value]... "
			    "up | down --to N --yes | status | verify",
		.help = "bring the database to this program's schema, or show where it is",
		.run = cmd_migrate,
	},
	{
		.name = "config",
		.synopsis = "check [FILE] | print [--config FILE] [--json] | print-default",
		.help = "check or show the configuration",
		.run = cmd_config,
	},
	{
		.name = "login",
		.synopsis = "--issuer URL --client-id ID [--flow auto|browser|device|paste] "
			    "[--device] [--no-open] [--scope SCOPE]... [--redirect-uri URI] "
			    "[--client-secret-stdin] [--qr auto|always|never] [--timeout 5m] "
			    "[--json] [--force]",
		.help = "sign in, with the browser here or a code for one elsewhere",
		.run = cmd_login,
	},
	{
		.name = "token",
		.synopsis = "[--issuer URL] [--client-id ID] [--account NAME] [--min-ttl 30s] "
			    "[--id-token] [--json] [--show]",
		.help = "print a valid access token, refreshed if need be",
		.run = cmd_token,
	},
	{
		.name = "whoami",
		.synopsis = "[--issuer URL] [--client-id ID] [--account NAME] [--json]",
		.help = "show who is signed in, where and until when",
		.run = cmd_whoami,
	},
	{
		.name = "logout",
		.synopsis = "[--issuer URL] [--client-id ID] [--account NAME] [--all] "
			    "[--local-only]",
		.help = "end a sign-in, at its server and on this machine",
		.run = cmd_logout,
	},
	{
		.name = "version",
		.synopsis = "",
		.help = "print the version",
		.run = cmd_version,
	},
	{
		.name = "help",
		.synopsis = "[COMMAND]",
		.help = "print this list, or how to call a command",
		.run = cmd_help,
	},
};
const size_t commands_count = countof(commands);
