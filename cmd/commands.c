/*
 * The table of subcommands.  To add one: a file cmd/<name>.c with
 * cmd_<name>, its declaration in command.h, a row here.
 */
#include "cmd/command.h"

#include <string.h>

enum { COLUMNS = 80 };
#define INDENT "         "

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < commands_count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* Bytes of the next word, or of all of "[--set KEY=VALUE]...", or of a '|' with the word after. */
static size_t
argument_length(const char *at)
{
	size_t n = 0;
	int depth = 0;

	for (; at[n]; n++) {
		depth += (at[n] == '[') - (at[n] == ']');
		if (at[n] == ' ' && !depth && n && at[n - 1] != '|')
			break;
	}
	return n;
}

void
command_print(FILE *out, const char *before, const struct command *c)
{
	size_t column = (size_t)fprintf(out, "%sauthgate %s", before, c->name);

	for (const char *at = c->synopsis; *at;) {
		size_t n = argument_length(at);
		bool fits = column + 1 + n < COLUMNS;

		(void)fprintf(out, "%s%.*s", fits ? " " : "\n" INDENT, (int)n, at);
		column = (fits ? column + 1 : strlen(INDENT)) + n;
		at += n + (at[n] == ' ');
	}
	(void)fputc('\n', out);
}

int
command_usage(const char *name)
{
	command_print(stderr, "usage: ", command_find(name));
	return EXIT_USAGE;
}

/* How the commands that use stored sign-ins choose one. */
#define CHOICE "[--profile NAME] [--issuer URL] [--client-id ID] [--account NAME] [--ca-file FILE]"

const struct command commands[] = {
	{
		.name = "server",
		.synopsis = "[--config FILE] [--addr ADDRESS] [--set section.key=value]...",
		.help = "run the server",
		.run = cmd_server,
	},
	{
		.name = "migrate",
		.synopsis = "[--config FILE] [--set section.key=value]... "
			    "up | down --to N --yes | status | verify | restore FILE --yes | "
			    "copy [--from DATABASE] [--to DATABASE] [--online] | "
			    "from-go DATABASE [--dry-run] [--add-scopes] [--add-connections]",
		.help = "update the schema, copy the database, import from another program",
		.prints = true,
		.run = cmd_migrate,
	},
	{
		.name = "admin",
		.synopsis = "[--socket PATH | --server URL | --offline [--config FILE] [--force]] "
			    "NOUN VERB [ID] [OPTION]... | backup FILE",
		.help = "administer a server, or its database while it is stopped",
		.explains = true,
		.prints = true,
		.run = cmd_admin,
	},
	{
		.name = "backup",
		.synopsis = "[--config FILE] [--set section.key=value]... FILE",
		.help = "copy the SQLite database while the server runs, and check the copy",
		.prints = true,
		.run = cmd_backup,
	},
	{
		.name = "doctor",
		.synopsis = "[--config FILE] [--set section.key=value]... [--deep] "
			    "[--ca-file FILE] [--json]",
		.help = "diagnose the installation",
		.prints = true,
		.run = cmd_doctor,
	},
	{
		.name = "config",
		.synopsis = "check [FILE] | print [--config FILE] [--json] | print-default",
		.help = "check or show the configuration",
		.prints = true,
		.run = cmd_config,
	},
	{
		.name = "login",
		.synopsis = "[--profile NAME] --issuer URL --client-id ID "
			    "[--flow auto|browser|device|paste] [--device] [--no-browser] "
			    "[--no-open] [--ca-file FILE] [--scope SCOPE]... [--redirect-uri URI] "
			    "[--client-secret-stdin] [--client-auth basic|post] [--qr "
			    "auto|always|never] [--timeout 5m] "
			    "[--store auto|file|keyring|none] [--json] [--force]",
		.help = "sign in, with the browser here or a code for one elsewhere",
		.run = cmd_login,
	},
	{
		.name = "token",
		.synopsis = CHOICE " [--min-ttl 30s] [--id-token] [--json] [--show]",
		.help = "print a valid access token, refreshed if need be",
		.prints = true,
		.run = cmd_token,
	},
	{
		.name = "exec",
		.synopsis = CHOICE " [--min-ttl 30s] [--as VARIABLE] [--id-token] -- COMMAND "
				   "[ARGUMENT]...",
		.help = "run a command with a token in its environment",
		.run = cmd_exec,
	},
	{
		.name = "status",
		.synopsis = CHOICE " [--json]",
		.help = "list the sign-ins kept here",
		.prints = true,
		.run = cmd_status,
	},
	{
		.name = "whoami",
		.synopsis = CHOICE " [--json]",
		.help = "ask the server who is signed in",
		.prints = true,
		.run = cmd_whoami,
	},
	{
		.name = "logout",
		.synopsis = CHOICE " [--all] [--local-only]",
		.help = "end a sign-in, at its server and on this machine",
		.run = cmd_logout,
	},
	{
		.name = "profile",
		.synopsis = "list | add NAME --issuer URL --client-id ID [--scope SCOPE] "
			    "[--flow FLOW] [--store KIND] [--ca-file FILE] | use NAME | show "
			    "[NAME] | remove NAME",
		.help = "name servers, and choose the one in use",
		.run = cmd_profile,
	},
	{
		.name = "credential",
		.synopsis = "git|docker|kube " CHOICE
			    " [--host HOST] [--id-token] [get|store|erase|list]",
		.help = "act as a credential helper for git, docker, kubectl",
		.prints = true,
		.run = cmd_credential,
	},
	{
		.name = "probe",
		.synopsis = "ISSUER [--client-id ID] [--scope SCOPE] [--approve-command CMD] "
			    "[--deny-command CMD] [--intrusive] [--refresh-storm] "
			    "[--other-client-id ID] [--client-secret-stdin] "
			    "[--client-auth basic|post] [--patience 90s] [--ca-file FILE] "
			    "[--json | --junit]",
		.help = "test a server's device grant from outside",
		.prints = true,
		.run = cmd_probe,
	},
	{
		.name = "completion",
		.synopsis = "bash|zsh|fish",
		.help = "print a script that completes these commands",
		.prints = true,
		.run = cmd_completion,
	},
	{
		.name = "example",
		.synopsis = "device|code|machine --issuer URL --client-id ID [--scope SCOPE] "
			    "[--client-secret-stdin] [--client-auth basic|post] [--ca-file FILE]",
		.help = "run an example client; its source is meant to be read",
		.prints = true,
		.run = cmd_example,
	},
	{
		.name = "version",
		.synopsis = "[--json]",
		.help = "print the version; with --json those of the libraries too",
		.prints = true,
		.run = cmd_version,
	},
	{
		.name = "help",
		.synopsis = "[COMMAND]",
		.help = "print this list, or how to call a command",
		.prints = true,
		.run = cmd_help,
	},
};
const size_t commands_count = countof(commands);
