/* authgate admin: one question to the admin API, and its answer shown. */
#include "cmd/admin.h"

#include "clients/paths.h"
#include "cmd/command.h"
#include "server/offline.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* What has become of the keys: which one signs, and when a successor will. */
static int
show_keys(struct admin_call *c, struct door *door)
{
	struct door_question question = {.op = &ops[OP_key_list]};
	struct door_answer answer;
	int code = admin_ask(door, c->arena, &question, &answer);

	c->op = question.op;
	if (!code)
		admin_show(c, &answer);
	door_answer_done(&answer);
	return code;
}

static int
ask_and_show(struct admin_call *c, struct door *door)
{
	struct door_question question = {
		.op = c->op, .values = c->values, .value_count = c->value_count};
	struct door_answer answer;
	int code;

	for (size_t i = 0; i < c->id_count; i++)
		question.ids[i] = c->ids[i];
	if (!(code = admin_ask(door, c->arena, &question, &answer)))
		admin_show(c, &answer);
	door_answer_done(&answer);
	if (!code && !c->json && c->op->resource == RESOURCE_key && c->op->answer == OP_DONE)
		code = show_keys(c, door);
	if (!code && (fflush(stdout) || ferror(stdout)))
		return admin_fail(c->arena, STR("the answer could not be written"), EXIT_FAILURE);
	return code;
}

static int
perform(struct admin_call *c)
{
	int code = EXIT_SUCCESS;
	struct door *door = admin_door(c, &code);

	if (!door)
		return code;
	if (!(code = admin_confirm(c, door))) {
		if (c->op->id == OP_audit_export)
			code = admin_export(c, door);
		else if (c->op->id == OP_audit_verify)
			code = admin_verify(c, door);
		else
			code = ask_and_show(c, door);
	}
	door_free(door);
	return code;
}

/* A directory of the user's says that the console has been seen. */
static bool
is_first_run(struct arena *arena)
{
	const char *seen = client_path(arena, "XDG_STATE_HOME", ".local/state", "authgate/console");
	struct diag diag = {""};

	return seen && access(seen, F_OK) && !client_path_make(arena, seen, &diag);
}

/* Without a noun, on a terminal. */
static int
console(struct admin_call *c)
{
	const char *problem = tui_problem();
	struct diag diag = {""};
	int code = EXIT_SUCCESS, number = 0;
	struct door *door;
	enum err e;

	if (problem) {
		(void)fprintf(stderr,
			"authgate: %s; use `authgate admin NOUN VERB`, as `authgate admin --help` "
			"lists them\n",
			problem);
		if (!isatty(STDOUT_FILENO))
			admin_help(stderr, c->arena, c);
		return EXIT_USAGE;
	}
	c->console.settings =
		client_path(c->arena, "XDG_CONFIG_HOME", ".config", "authgate/admin.yaml");
	/* Nobody else would learn what is written into the database of a stopped server. */
	c->console.read_only |= c->offline;
	if (!(door = admin_door(c, &code)))
		return code;
	code = EXIT_SUCCESS;
	c->console.is_first = is_first_run(c->arena);
	if ((e = tui_main(door, &c->console, &number, &diag)))
		code = admin_fail(
			c->arena, str_of(diag.text), e == ERR_CONFIG ? EX_CONFIG : EXIT_USAGE);
	door_free(door);
	if (number)
		(void)raise(number);
	return code;
}

/* ---- what needs no server ---- */

static int
describe(int argc, char **argv)
{
	static const struct {
		const char *option;
		void (*print)(FILE *);
	} prints[] = {
		{"--json", admin_describe},
		{"--openapi", admin_openapi},
		{"--manual", admin_manual},
	};

	for (size_t i = 0; argc == 2 && i < countof(prints); i++)
		if (!strcmp(argv[1], prints[i].option)) {
			prints[i].print(stdout);
			return EXIT_SUCCESS;
		}
	(void)fputs("usage: authgate admin describe --json | --openapi | --manual\n", stderr);
	return EXIT_USAGE;
}

static int
help(struct admin_call *c)
{
	if (!c->help && c->resource)
		(void)fprintf(stderr, "authgate: what to do with a %s?\n\n", c->resource->noun);
	admin_help(c->help ? stdout : stderr, c->arena, c);
	return c->help ? EXIT_SUCCESS : EXIT_USAGE;
}

int
cmd_admin(int argc, char **argv)
{
	struct arena arena = {0};
	struct admin_call call = {.arena = &arena, .format = "jsonl", .options = {.dotenv = true}};
	int code;

	if (argc > 1 && !strcmp(argv[1], "backup"))
		return command_find("backup")->run(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "describe"))
		return describe(argc - 1, argv + 1);
	if (!admin_options_read(&call, argc, argv))
		code = EXIT_USAGE;
	else if (!call.help && !call.resource)
		code = console(&call);
	else if (call.help || !call.op)
		code = help(&call);
	else
		code = perform(&call);
	offline_close(call.offline_server);
	arena_free(&arena);
	return code;
}
