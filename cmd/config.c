/* `authgate config`: check, print, print-default. */
#include "cmd/command.h"
#include "cmd/options.h"

#include "lib/config/document.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { DOCUMENT_MAX = 256 * 1024 };

static int
put(const struct buf *text)
{
	struct str s = buf_str(text);

	if (!buf_ok(text) || fwrite(s.p, 1, s.n, stdout) != s.n || fflush(stdout)) {
		(void)fprintf(stderr, "authgate config: cannot write\n");
		return EX_IOERR;
	}
	return EXIT_SUCCESS;
}

static int
check(struct arena *a, int argc, char **argv)
{
	struct config_options o = {.file = argc > 1 ? argv[1] : NULL, .dotenv = true};

	if (argc > 2)
		return command_usage("config");
	if (!options_load(a, &o))
		return EX_CONFIG;
	(void)printf("the configuration is good\n");
	return EXIT_SUCCESS;
}

/* Shows what was understood even if something is wrong with it. */
static int
print(struct arena *a, int argc, char **argv)
{
	static const struct option long_options[] = {
		{"config", required_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	struct config_result *result = arena_new(a, struct config_result);
	struct config_options options = {.dotenv = true};
	struct config_request request;
	bool json = false;
	struct buf out;
	int option, status;
	enum err e;

	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) != -1) {
		if (option == 'c')
			options.file = optarg;
		else if (option == 'j')
			json = true;
		else
			return command_usage("config");
	}
	if (optind != argc)
		return command_usage("config");
	request = options_request(a, &options);
	e = config_load(a, &request, result);
	options_tell(result);
	buf_init(&out, a, DOCUMENT_MAX);
	if (json)
		config_write_json(a, &out, result);
	else
		config_write_values(a, &out, result);
	status = put(&out);
	return status || !e ? status : EX_CONFIG;
}

static int
print_document(struct arena *a, int argc, void (*write_document)(struct buf *))
{
	struct buf out;

	if (argc > 1)
		return command_usage("config");
	buf_init(&out, a, DOCUMENT_MAX);
	write_document(&out);
	return put(&out);
}

static int
do_verb(struct arena *a, int argc, char **argv)
{
	if (argc < 1)
		return command_usage("config");
	if (strcmp(argv[0], "check") == 0)
		return check(a, argc, argv);
	if (strcmp(argv[0], "print") == 0)
		return print(a, argc, argv);
	if (strcmp(argv[0], "print-default") == 0)
		return print_document(a, argc, config_write_yaml);
	if (strcmp(argv[0], "print-docs") == 0)
		return print_document(a, argc, config_write_manual);
	return command_usage("config");
}

int
cmd_config(int argc, char **argv)
{
	struct arena a = {0};
	int status = do_verb(&a, argc - 1, argv + 1);

	arena_free(&a);
	return status;
}
