/*
 * Subcommands: one row of the table in cmd/commands.c each.  A command returns
 * an exit status of sysexits.h; 2 is for wrong usage, as getopt tools do.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include "lib/config/config.h"

#include <stdio.h>

struct command {
	const char *name;
	const char *synopsis; /* arguments, as in "[--config FILE]" */
	const char *help;     /* one line */
	bool prints;          /* of no use without standard output: refused if that takes nothing */
	/* argv[0] is the command's name. */
	int (*run)(int argc, char **argv);
	bool explains; /* it has --help of its own */
};

extern const struct command commands[];
extern const size_t commands_count;

enum { EXIT_USAGE = 2 };

/* NULL if there is none. */
const struct command *command_find(const char *name);
/* Writes "authgate NAME SYNOPSIS" in lines of at most 80 columns. */
void command_print(FILE *, const char *before, const struct command *);
/* Writes "usage: authgate NAME SYNOPSIS" to standard error; returns EXIT_USAGE. */
int command_usage(const char *name);

int cmd_admin(int argc, char **argv);
int cmd_backup(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_completion(int argc, char **argv);
int cmd_credential(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_example(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_probe(int argc, char **argv);
int cmd_profile(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_login(int argc, char **argv);
int cmd_logout(int argc, char **argv);
int cmd_migrate(int argc, char **argv);
int cmd_server(int argc, char **argv);
int cmd_token(int argc, char **argv);
extern const char program_version[];
int cmd_version(int argc, char **argv);
int cmd_whoami(int argc, char **argv);

#endif
