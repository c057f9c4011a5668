/* authgate admin: one request to the admin socket, and its answer shown. */
#include "cmd/admin.h"

#include "clients/terminal.h"
#include "cmd/admin_export.h"
#include "cmd/admin_verify.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "lib/base/form.h"
#include "lib/base/json.h"
#include "lib/http/fetch.h"
#include "server/admin/offline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	BODY_MAX = 64 * 1024,
	LINE_MAX_BYTES = 4096,
	URL_MAX_BYTES = 8192,
	COLUMN_MIN = 8,
	COLUMN_MAX = 40,
	COLUMNS_MAX = 8,
	IDS_MAX = 2
};

/* Beside those of sysexits.h: as those of the user's commands. */
enum { EXIT_CANCELLED = 3, EXIT_NETWORK = 6, EXIT_NOTHING_MATCHED = 9 };

static const char default_socket[] = "/run/authgate/admin.sock";

struct invocation {
	struct arena arena;
	const struct admin_action *action;
	const char *socket;
	const char *ids[IDS_MAX]; /* what takes the places of %s in the path */
	size_t id_count;
	struct str format;  /* of an export: csv or jsonl */
	const char *anchor; /* of a verification: a file */
	bool json;
	bool yes;
	bool is_offline, force;
	struct config_options options; /* of --offline */
	struct arena config_arena;
	struct offline *offline;
	struct buf body;
	struct buf query; /* of a GET, in place of the body */
	int argc;         /* what is left for the action's own options */
	char **argv;
};

/* ---- the command line ---- */

static int
usage(void)
{
	(void)fputs("usage: authgate admin [--socket PATH | --offline [--config FILE] [--force]] "
		    "NOUN VERB [ID] [OPTIONS] [--json] [--yes]\n\n",
		stderr);
	for (size_t i = 0; i < admin_actions_count; i++) {
		const struct admin_action *a = &admin_actions[i];
		const char *hole = strstr(a->path, "%s");
		char words[64];

		(void)snprintf(words, sizeof words, "%s %s%s%s", a->noun, a->verb,
			hole ? " ID" : "", hole && strstr(hole + 1, "%s") ? " ID" : "");
		(void)fprintf(stderr, "  %-28s %s\n", words, a->help);
	}
	return EXIT_USAGE;
}

static const struct admin_action *
find_action(const char *noun, const char *verb)
{
	for (size_t i = 0; i < admin_actions_count; i++)
		if (!strcmp(admin_actions[i].noun, noun) && !strcmp(admin_actions[i].verb, verb))
			return &admin_actions[i];
	return NULL;
}

/* Options of every action; what they take away is NULL afterwards. */
static bool
read_common(struct invocation *in, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json")) {
			in->json = true;
		} else if (!strcmp(argv[i], "--yes")) {
			in->yes = true;
		} else if (!strcmp(argv[i], "--format") && i + 1 < argc) {
			in->format = str_of(argv[i + 1]);
			argv[i++] = NULL;
		} else if (!strcmp(argv[i], "--offline")) {
			in->is_offline = true;
		} else if (!strcmp(argv[i], "--force")) {
			in->force = true;
		} else if (!strcmp(argv[i], "--anchor") && i + 1 < argc) {
			in->anchor = argv[i + 1];
			argv[i++] = NULL;
		} else if (!strcmp(argv[i], "--socket") && i + 1 < argc) {
			in->socket = argv[i + 1];
			argv[i++] = NULL;
		} else if (!strcmp(argv[i], "--config") && i + 1 < argc) {
			in->options.file = argv[i + 1];
			argv[i++] = NULL;
		} else if (!strcmp(argv[i], "--set") && i + 1 < argc) {
			if (!options_set(&in->options, argv[i + 1]))
				return false;
			argv[i++] = NULL;
		} else {
			continue;
		}
		argv[i] = NULL;
	}
	return true;
}

static char *
next_word(struct invocation *in)
{
	while (in->argc > 0) {
		char *word = *in->argv++;

		in->argc--;
		if (word)
			return word;
	}
	return NULL;
}

static bool
read_stdin_line(struct invocation *in, struct str *ret)
{
	char line[LINE_MAX_BYTES];

	if (!fgets(line, sizeof line, stdin))
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	*ret = str_copy(&in->arena, str_of(line));
	return ret->n > 0;
}

/* All values of a list option, wherever they stand. */
static void
add_list(struct invocation *in, const struct admin_option *o)
{
	json_key(&in->body, o->member);
	json_open(&in->body, '[');
	for (int i = 0; i + 1 < in->argc; i++) {
		if (!in->argv[i] || strcmp(in->argv[i], o->flag) || !in->argv[i + 1])
			continue;
		STR_EACH (word, str_of(in->argv[i + 1]))
			json_str(&in->body, word);
		in->argv[i] = in->argv[i + 1] = NULL;
	}
	json_close(&in->body, ']');
}

static bool
add_option(struct invocation *in, const struct admin_option *o, int i)
{
	struct str value;

	switch (o->kind) {
	case ADMIN_FLAG:
		if (!strcmp(in->action->method, "GET"))
			form_add(&in->query, o->member, STR("true"));
		else
			json_member_bool(&in->body, o->member, true);
		in->argv[i] = NULL;
		return true;
	case ADMIN_STDIN:
		in->argv[i] = NULL;
		if (!read_stdin_line(in, &value))
			return false;
		json_member_str(&in->body, o->member, value);
		return true;
	case ADMIN_LIST: add_list(in, o); return in->argv[i] == NULL;
	case ADMIN_TEXT: break;
	}
	if (i + 1 >= in->argc || !in->argv[i + 1])
		return false;
	if (!strcmp(in->action->method, "GET"))
		form_add(&in->query, o->member, str_of(in->argv[i + 1]));
	else
		json_member_str(&in->body, o->member, str_of(in->argv[i + 1]));
	in->argv[i] = in->argv[i + 1] = NULL;
	return true;
}

static bool
read_options(struct invocation *in)
{
	const struct admin_option *o;

	buf_init(&in->body, &in->arena, BODY_MAX);
	buf_init(&in->query, &in->arena, BODY_MAX);
	json_open(&in->body, '{');
	for (int i = 0; i < in->argc; i++) {
		if (!in->argv[i])
			continue;
		for (o = in->action->options; o && o->flag; o++)
			if (!strcmp(in->argv[i], o->flag))
				break;
		if (!o || !o->flag || !add_option(in, o, i))
			return false;
	}
	json_close(&in->body, '}');
	return true;
}

static bool
read_command_line(struct invocation *in, int argc, char **argv)
{
	const char *noun, *verb;

	if (!read_common(in, argc, argv))
		return false;
	if (!str_is(in->format, "csv") && !str_is(in->format, "jsonl"))
		return false;
	in->argc = argc - 1;
	in->argv = argv + 1;
	noun = next_word(in);
	verb = noun ? next_word(in) : NULL;
	in->action = verb ? find_action(noun, verb) : NULL;
	if (!in->action)
		return false;
	for (const char *at = in->action->path; (at = strstr(at, "%s")); at += 2)
		if (in->id_count == IDS_MAX || !(in->ids[in->id_count++] = next_word(in)))
			return false;
	return read_options(in);
}

/* ---- the request ---- */

static bool
is_confirmed(const struct invocation *in)
{
	char line[16];

	if (!in->action->is_destructive || in->yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		(void)fputs("authgate: this needs --yes when nobody can be asked\n", stderr);
		return false;
	}
	(void)fprintf(stderr, "%s %s %s: %s. Really? [y/N] ", in->action->noun, in->action->verb,
		in->id_count ? in->ids[in->id_count - 1] : "", in->action->help);
	return fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y');
}

static struct str
request_url(struct invocation *in)
{
	const char *at = in->action->path, *hole;
	struct buf url;

	buf_init(&url, &in->arena, URL_MAX_BYTES);
	buf_add_c(&url, in->offline ? "/api/admin/v1" : "http://localhost/api/admin/v1");
	for (size_t i = 0; (hole = strstr(at, "%s")); at = hole + 2) {
		buf_add(&url, (struct str){at, (size_t)(hole - at)});
		percent_encode(&url, str_of(in->ids[i++]));
	}
	buf_add_c(&url, at);
	if (in->query.n)
		buf_add_char(&url, '?');
	buf_add(&url, buf_str(&in->query));
	return buf_str(&url);
}

static const char *
socket_path(const struct invocation *in)
{
	const char *path = in->socket ? in->socket : getenv("ADMIN_SOCKET");

	return path && *path ? path : default_socket;
}

static enum err
ask_offline(struct invocation *in, const struct fetch_request *request, struct fetch_reply *ret)
{
	const struct reply *reply =
		offline_request(in->offline, request->method, request->url, request->json);

	*ret = (struct fetch_reply){
		.status = reply->status, .body = str_copy(&in->arena, reply->body)};
	return OK;
}

static enum err
send_request(struct invocation *in, struct fetch_reply *ret, struct diag *diag)
{
	struct fetch_request request = {
		.url = request_url(in),
		.method = str_of(in->action->method),
		.socket = str_of(socket_path(in)),
	};

	if (!strcmp(in->action->method, "POST") || !strcmp(in->action->method, "PATCH"))
		request.json = buf_str(&in->body);
	if (in->offline)
		return ask_offline(in, &request, ret);
	return fetch(&in->arena, &request, ret, diag);
}

/* ---- the answer ---- */

static struct str
shown(struct invocation *in, const struct json *row, const char *member)
{
	struct str words = STR_NONE;

	if (json_kind(row, member) == JSON_IS_NUMBER)
		return str_printf(&in->arena, "%lld", (long long)json_get_i64(row, member, 0));
	if (json_kind(row, member) == JSON_IS_FLAG)
		return json_get_bool(row, member, false) ? STR("yes") : STR("no");
	if (json_get_words(row, member, &in->arena, &words))
		return STR_NONE;
	return client_terminal_clean(&in->arena, words, false);
}

static int
width_of(struct invocation *in, const struct json *reply, const char *column)
{
	const struct json *row;
	size_t width = strlen(column);

	for (size_t i = 0; (row = json_array_object(reply, in->action->list, i)); i++) {
		size_t n = shown(in, row, column).n;

		if (n > width)
			width = n;
	}
	return (int)(width > COLUMN_MAX ? COLUMN_MAX : width);
}

static void
print_table(struct invocation *in, const struct json *reply)
{
	const char *const *columns = in->action->columns;
	int widths[COLUMNS_MAX] = {0};
	const struct json *row;

	for (size_t c = 0; columns[c] && c < COLUMNS_MAX; c++) {
		widths[c] = width_of(in, reply, columns[c]);
		(void)printf("%-*s  ", widths[c], columns[c]);
	}
	(void)puts("");
	for (size_t i = 0; (row = json_array_object(reply, in->action->list, i)); i++) {
		for (size_t c = 0; columns[c] && c < COLUMNS_MAX; c++)
			(void)printf("%-*.*s  ", widths[c], STR_ARG(shown(in, row, columns[c])));
		(void)puts("");
	}
	if (json_has(reply, "next"))
		(void)fprintf(
			stderr, "There is more: --after %.*s\n", STR_ARG(shown(in, reply, "next")));
}

struct shown_object {
	struct invocation *in;
	const struct json *object;
};

static enum err
print_member(struct str name, struct str unused, void *context)
{
	const struct shown_object *o = context;
	struct str value = shown(o->in, o->object, str_c(&o->in->arena, name));

	(void)unused;
	if (value.n)
		(void)printf("%-26.*s %.*s\n", STR_ARG(name), STR_ARG(value));
	return OK;
}

static void
print_object(struct invocation *in, const struct json *reply)
{
	struct shown_object o = {in, reply};

	if (!json_has(reply, "ok"))
		(void)!json_each_member(reply, print_member, &o);
	if (json_has(reply, "client_secret") || json_has(reply, "password"))
		(void)fputs("This is shown once and stored nowhere.\n", stderr);
}

static int
fail(const char *why, int code)
{
	(void)fprintf(stderr, "authgate: %s\n", why);
	return code;
}

static int
print_error(struct invocation *in, const struct fetch_reply *reply, const struct json *body)
{
	struct str text = json_get_str(body, "error_description");
	const char *what = str_c(&in->arena, client_terminal_clean(&in->arena, text, false));

	if (reply->status == 404)
		return fail("there is no such thing", EXIT_NOTHING_MATCHED);
	if (reply->status == 409)
		return fail(what, EXIT_NOTHING_MATCHED);
	return fail(*what ? what : "the server refused", EXIT_FAILURE);
}

static int
show_reply(struct invocation *in, const struct fetch_reply *reply)
{
	struct json *body = NULL;
	int code = EXIT_SUCCESS;

	if (json_parse(reply->body, FETCH_BODY_MAX, &body, NULL))
		return fail("the server's answer is not JSON", EXIT_FAILURE);
	if (reply->status >= 300)
		code = print_error(in, reply, body);
	else if (in->json)
		(void)printf("%.*s\n", STR_ARG(reply->body));
	else if (in->action->list)
		print_table(in, body);
	else
		print_object(in, body);
	json_free(body);
	return code;
}

/* ---- exports: all pages, one in memory at a time ---- */

static int
export_page(struct invocation *in, bool csv, struct str *next)
{
	struct fetch_reply reply;
	struct json *body = NULL;
	struct diag diag = {""};
	const struct json *row;

	*next = STR_NONE;
	if (send_request(in, &reply, &diag))
		return fail(diag.text, EXIT_NETWORK);
	if (json_parse(reply.body, FETCH_BODY_MAX, &body, NULL))
		return fail("the server's answer is not JSON", EXIT_FAILURE);
	if (reply.status >= 300) {
		int code = print_error(in, &reply, body);

		json_free(body);
		return code;
	}
	for (size_t i = 0; (row = json_array_object(body, in->action->list, i)); i++) {
		if (csv)
			admin_export_csv(stdout, in->action->columns, row);
		else
			admin_export_jsonl(stdout, &in->arena, in->action->columns, row);
	}
	*next = str_copy(&in->arena, json_get_str(body, "next"));
	json_free(body);
	return EXIT_SUCCESS;
}

/* The arena of a page takes the query of the next one along. */
static int
export_all(struct invocation *in)
{
	bool csv = str_is(in->format, "csv");
	char cursor[64], *filters = xstrdup(str_c(&in->arena, buf_str(&in->query)));
	struct str next = STR_NONE;
	int code;

	if (csv)
		admin_export_csv_head(stdout, in->action->columns);
	cursor[0] = '\0';
	do {
		arena_reset(&in->arena);
		buf_init(&in->query, &in->arena, BODY_MAX);
		buf_add_c(&in->query, filters);
		form_add(&in->query, "limit", STR("200"));
		form_add(&in->query, "purpose", STR("export"));
		if (*cursor)
			form_add(&in->query, "after", str_of(cursor));
		code = export_page(in, csv, &next);
		(void)snprintf(cursor, sizeof cursor, "%.*s", STR_ARG(next));
	} while (!code && *cursor);
	free(filters);
	if (fflush(stdout) || ferror(stdout))
		return fail("the export could not be written", EXIT_FAILURE);
	return code;
}

/* ---- a verification: admin_verify asks ---- */

static struct json *
ask(void *context, const char *method, const char *path, int *ret_code)
{
	struct invocation *in = context;
	struct admin_action action = {.method = method, .path = path};
	const struct admin_action *kept = in->action;
	struct fetch_reply reply;
	struct json *body = NULL;
	struct diag diag = {""};

	arena_reset(&in->arena);
	buf_init(&in->body, &in->arena, BODY_MAX);
	buf_init(&in->query, &in->arena, BODY_MAX);
	in->action = &action;
	if (send_request(in, &reply, &diag))
		*ret_code = fail(diag.text, EXIT_NETWORK);
	else if (json_parse(reply.body, FETCH_BODY_MAX, &body, NULL))
		*ret_code = fail("the server's answer is not JSON", EXIT_FAILURE);
	else
		*ret_code = reply.status >= 300 ? print_error(in, &reply, body) : EXIT_SUCCESS;
	in->action = kept;
	if (!*ret_code)
		return body;
	json_free(body);
	return NULL;
}

/* The configuration says where the database is. */
static int
go_offline(struct invocation *in)
{
	const struct config_result *loaded = options_load(&in->config_arena, &in->options);
	struct diag diag = {""};
	enum err e;

	if (!loaded)
		return EX_CONFIG;
	if (!(e = offline_open(&loaded->config, in->force, &in->offline, &diag)))
		return EXIT_SUCCESS;
	return fail(diag.text, e == ERR_CONFLICT ? EX_TEMPFAIL : EX_UNAVAILABLE);
}

static int
run(struct invocation *in)
{
	struct fetch_reply reply;
	struct diag diag = {""};
	int code = in->is_offline ? go_offline(in) : EXIT_SUCCESS;

	if (code)
		return code;
	if (!strcmp(in->action->verb, "export"))
		return export_all(in);
	if (!strcmp(in->action->verb, "verify"))
		return admin_verify(&(struct admin_door){ask, in}, in->anchor, in->json);
	if (send_request(in, &reply, &diag))
		return fail(arena_printf(&in->arena,
				    "%s: %s; is the server running, and may you open its "
				    "socket? (--socket PATH or ADMIN_SOCKET, or --offline)",
				    socket_path(in), diag.text),
			EXIT_NETWORK);
	return show_reply(in, &reply);
}

int
cmd_admin(int argc, char **argv)
{
	struct invocation in = {.format = STR("jsonl"), .options = {.dotenv = true}};
	int code;

	if (argc > 1 && !strcmp(argv[1], "backup"))
		return cmd_backup(argc - 1, argv + 1);
	if (!read_command_line(&in, argc, argv))
		code = usage();
	else if (!is_confirmed(&in))
		code = EXIT_CANCELLED;
	else
		code = run(&in);
	offline_close(in.offline);
	arena_free(&in.config_arena);
	arena_free(&in.arena);
	return code;
}
