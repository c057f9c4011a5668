/* The way to the admin API, questions to it, and the question to the person. */
#include "cmd/admin.h"

#include "clients/profile.h"
#include "clients/terminal.h"
#include "cmd/command.h"
#include "cmd/stored.h"
#include "lib/base/display.h"
#include "server/offline.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1024 };

static const char default_socket[] = "/run/authgate/admin.sock";

int
admin_fail(struct arena *arena, struct str why, int code)
{
	struct terminal terminal;

	client_terminal_look(STDERR_FILENO, &terminal);
	(void)fprintf(
		stderr, "authgate: %.*s\n", STR_ARG(display_clean(arena, why, terminal.utf8)));
	return code;
}

/* ---- doors ---- */

static void
answer_offline(void *offline, struct arena *arena, struct str method, struct str target,
	struct str json, int *ret_status, struct str *ret_body)
{
	const struct reply *reply = offline_request(offline, method, target, json);

	*ret_status = reply->status;
	*ret_body = str_copy(arena, reply->body);
}

/* The configuration says where the database is.  Closed by cmd_admin. */
static struct door *
open_offline(struct admin_call *c, int *ret_code)
{
	const struct config_result *loaded = options_load(c->arena, &c->options);
	struct diag diag = {""};
	enum err e;

	*ret_code = EX_CONFIG;
	if (!loaded)
		return NULL;
	if (!(e = offline_open(loaded, c->force, &c->offline_server, &diag)))
		return door_by_call(answer_offline, c->offline_server);
	*ret_code = admin_fail(
		c->arena, str_of(diag.text), e == ERR_CONFLICT ? EX_TEMPFAIL : EX_UNAVAILABLE);
	return NULL;
}

/* As if its server had been named; what options say wins. */
static int
fill_from_profile(struct admin_call *c)
{
	struct profile profile;
	struct diag diag = {""};

	if (client_profile_load(c->arena, c->profile, &profile, &diag))
		return admin_fail(c->arena, str_of(diag.text), EXIT_USAGE);
	c->server = str_c(c->arena, profile.issuer);
	if (!c->client_id)
		c->client_id = str_c(c->arena, profile.client_id);
	if (!c->ca_file && profile.ca_file.n)
		c->ca_file = str_c(c->arena, profile.ca_file);
	return EXIT_SUCCESS;
}

/* A sign-in that `authgate login` has stored, or AUTHGATE_TOKEN. */
static struct door *
open_https(struct admin_call *c, int *ret_code)
{
	struct str server = str_of(c->server);
	struct stored_options options = {.filter = {.issuer = server,
						 .client_id = str_of(c->client_id),
						 .account = str_of(c->account)}};
	const char *ca_file = c->ca_file ? c->ca_file : getenv("AUTHGATE_CA_FILE");
	struct stored_token token;
	struct diag diag = {""};
	enum err e;

	*ret_code = EXIT_USAGE;
	if (!stored_ca_path(c->arena, ca_file, &options.ca_file))
		return NULL;
	if (!(e = stored_usable(c->arena, &options, &token, &diag)))
		return door_by_https(server, str_copy(c->arena, token.access_token),
			str_copy(c->arena, stored_ca_file(&options, &token)));
	*ret_code = stored_fail(e, &diag);
	if (e == ERR_LOGIN_REQUIRED)
		(void)fprintf(stderr,
			"authgate login --issuer %s --client-id ID --scope 'openid "
			"authgate:admin'\n",
			c->server);
	return NULL;
}

struct door *
admin_door(struct admin_call *c, int *ret_code)
{
	const char *path = c->socket ? c->socket : getenv("ADMIN_SOCKET");

	if (!!c->socket + !!c->server + !!c->profile + c->offline > 1) {
		*ret_code = admin_fail(c->arena,
			STR("use only one of --socket, --server, --profile and --offline"),
			EXIT_USAGE);
		return NULL;
	}
	if (c->offline)
		return open_offline(c, ret_code);
	if (c->profile && (*ret_code = fill_from_profile(c)))
		return NULL;
	if (c->server)
		return open_https(c, ret_code);
	return door_by_socket(str_of(path && *path ? path : default_socket));
}

/* ---- asking the server ---- */

static const int exits[] = {
	[DOOR_ANSWERED] = EXIT_SUCCESS,
	[DOOR_REFUSED] = EXIT_FAILURE,
	[DOOR_NO_MATCH] = EXIT_NOTHING_MATCHED,
	[DOOR_CHANGED] = EXIT_FAILURE,
	[DOOR_SIGN_IN] = EXIT_SIGN_IN,
	[DOOR_UNREACHED] = EXIT_NETWORK,
	[DOOR_NONSENSE] = EXIT_FAILURE,
};

int
admin_ask(struct door *door, struct arena *arena, const struct door_question *question,
	struct door_answer *ret)
{
	door_ask(door, arena, question, ret);
	if (ret->outcome == DOOR_ANSWERED)
		return EXIT_SUCCESS;
	if (ret->outcome == DOOR_SIGN_IN)
		return admin_fail(arena,
			str_printf(arena,
				"%.*s; sign in: authgate login --force --issuer %.*s --client-id "
				"ID --scope 'openid authgate:admin'",
				STR_ARG(ret->problem), STR_ARG(door_name(door))),
			EXIT_SIGN_IN);
	return admin_fail(arena, ret->problem, exits[ret->outcome]);
}

/* ---- asking the person ---- */

struct subject {
	struct str text; /* client "Robot" */
	struct str name; /* Robot */
};

/* What it is done to, by the name that people know. */
static int
find_subject(struct admin_call *c, struct door *door, struct subject *ret)
{
	const struct resource *r = c->resource;
	const struct op *show = op_named(r, STR("show"));
	struct door_question question = {.op = show, .ids = {c->ids[0]}};
	struct door_answer answer;
	struct terminal terminal;
	int code;

	*ret = (struct subject){c->ids[0], c->ids[0]};
	if (!c->id_count || !str_is(op_param(c->op, 0), "id"))
		return EXIT_SUCCESS;
	ret->text = str_printf(c->arena, "%s %.*s", r->noun, STR_ARG(c->ids[0]));
	if (!show)
		return EXIT_SUCCESS;
	client_terminal_look(STDERR_FILENO, &terminal);
	if (!(code = admin_ask(door, c->arena, &question, &answer))) {
		struct str name = json_get_str(answer.json, r->name_field);

		ret->name = display_clean(c->arena, name.n ? name : c->ids[0], terminal.utf8);
		ret->text = str_printf(c->arena, "%s \"%.*s\"", r->noun, STR_ARG(ret->name));
	}
	door_answer_done(&answer);
	return code;
}

/* Questions hold %s once. */
static void
print_question(const char *question, struct str subject)
{
	struct str rest = str_of(question);
	struct str before = str_cut(&rest, '%');

	(void)fprintf(stderr, "%.*s", STR_ARG(before));
	if (rest.n)
		(void)fprintf(stderr, "%.*s%.*s", STR_ARG(subject), STR_ARG(str_from(rest, 1)));
}

int
admin_confirm(struct admin_call *c, struct door *door)
{
	char line[LINE_MAX_BYTES];
	struct subject subject;
	int code;

	if (!c->op->question || c->yes)
		return EXIT_SUCCESS;
	if (!isatty(STDIN_FILENO))
		return admin_fail(
			c->arena, STR("not a terminal: add --yes to confirm"), EXIT_CANCELLED);
	if ((code = find_subject(c, door, &subject)))
		return code;
	print_question(c->op->question, subject.text);
	if (c->op->effect == OP_DESTROYS)
		(void)fprintf(stderr,
			"\nIt cannot be undone. Type %.*s to confirm: ", STR_ARG(subject.name));
	else
		(void)fputs(" [y/N] ", stderr);
	if (!fgets(line, sizeof line, stdin))
		line[0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	if (c->op->effect == OP_DESTROYS ? str_is(subject.name, line)
					 : line[0] == 'y' || line[0] == 'Y')
		return EXIT_SUCCESS;
	return admin_fail(c->arena, STR("not confirmed; nothing was changed"), EXIT_CANCELLED);
}
