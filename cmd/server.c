/* `authgate server`: load the configuration, serve. */
#include "cmd/command.h"
#include "cmd/options.h"

#include "server/serve.h"

#include <getopt.h>
#include <string.h>
#include <sysexits.h>

/* What starts this program again as it was started. */
static char *const *
arguments_again(struct arena *a, int argc, char **argv)
{
	char **again = arena_alloc(a, ((size_t)argc + 2) * sizeof *again);

	again[0] = arena_printf(a, "authgate");
	memcpy(again + 1, argv, ((size_t)argc + 1) * sizeof *again);
	return again;
}

int
cmd_server(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"config", required_argument, NULL, 'c'},
		{"addr", required_argument, NULL, 'a'},
		{"set", required_argument, NULL, 's'},
		{NULL, 0, NULL, 0},
	};
	struct config_options o = {.dotenv = true, .makes_secrets = true};
	const struct config_result *loaded;
	struct config_request source;
	struct arena a = {0};
	struct serve_program program = {program_version, arguments_again(&a, argc, argv)};
	int option, status;

	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) != -1) {
		if (option == 'c')
			o.file = optarg;
		else if (option != 'a' && option != 's')
			return command_usage("server");
		else if (!(option == 'a' ? options_override(&o, "server.addr", optarg)
					 : options_set(&o, optarg)))
			return EXIT_USAGE;
	}
	if (optind != argc)
		return command_usage("server");
	loaded = options_load(&a, &o);
	source = options_request(&a, &o);
	status = loaded ? serve(loaded, &source, &program) : EX_CONFIG;
	arena_free(&a);
	return status;
}
