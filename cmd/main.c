/* Finds the subcommand and runs it. */
#include "cmd/command.h"
#include "cmd/output.h"

#include "lib/config/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { WORDS_MAX = 8 };

static void
print_commands(FILE *out)
{
	(void)fprintf(out, "usage: authgate COMMAND [ARGUMENT...]\n\n");
	for (size_t i = 0; i < commands_count; i++)
		(void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
	(void)fprintf(out, "\n`authgate help COMMAND` tells more.\n");
}

static int
unknown_command(const char *name)
{
	const char *nearest = NULL;
	size_t distance = SIZE_MAX;

	for (size_t i = 0; i < commands_count; i++)
		if (edit_nearer(str_of(name), commands[i].name, &distance))
			nearest = commands[i].name;
	(void)fprintf(stderr, "authgate: unknown command \"%s\"", name);
	if (nearest)
		(void)fprintf(stderr, ", did you mean \"%s\"?", nearest);
	(void)fprintf(stderr, "\n`authgate help` lists the commands.\n");
	return EXIT_USAGE;
}

/* `authgate help admin client create` */
static int
explain(const struct command *c, int argc, char **argv)
{
	char *words[WORDS_MAX + 2];
	int n = 0;

	while (n < argc && n < WORDS_MAX) {
		words[n] = argv[n];
		n++;
	}
	words[n++] = (char[]){"--help"};
	words[n] = NULL;
	return c->run(n, words);
}

int
cmd_help(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		print_commands(stdout);
		return EXIT_SUCCESS;
	}
	c = command_find(argv[1]);
	if (!c)
		return unknown_command(argv[1]);
	if (c->explains)
		return explain(c, argc - 1, argv + 1);
	command_print(stdout, "", c);
	(void)printf("\n  %s\n", c->help);
	return EXIT_SUCCESS;
}

static bool
is_either(const char *argument, const char *brief, const char *full)
{
	return strcmp(argument, brief) == 0 || strcmp(argument, full) == 0;
}

static int
dispatch(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		print_commands(stderr);
		return EXIT_USAGE;
	}
	if (is_either(argv[1], "-v", "--version") || strcmp(argv[1], "-V") == 0)
		return cmd_version(argc - 1, argv + 1);
	if (is_either(argv[1], "-h", "--help"))
		return cmd_help(1, argv + 1);
	c = command_find(argv[1]);
	if (!c)
		return unknown_command(argv[1]);
	if (argc > 2 && !c->explains && is_either(argv[2], "-h", "--help"))
		return cmd_help(2, argv);
	if (c->prints && !output_judge())
		return EX_IOERR;
	return c->run(argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
	output_claim();
	return output_finish(dispatch(argc, argv));
}
