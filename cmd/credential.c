/*
 * authgate credential: answers programs that ask for passwords.
 *
 *	git     gitcredentials(7): attributes on standard input
 *	docker  docker-credential helpers: the registry's address on standard input
 *	kube    an ExecCredential for kubectl
 *
 * git and docker get a token for the host of the issuer only, or for the one that
 * --host names: whoever can make git fetch from anywhere must not collect tokens.
 */
#include "clients/exit_code.h"
#include "clients/terminal.h"
#include "cmd/command.h"
#include "cmd/stored.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 16 * 1024, INFO_MAX = 256 * 1024, OUTPUT_MAX = 512 * 1024 };

struct asked {
	struct arena *arena;
	const struct stored_options *options;
	const char *action;
};

static struct str
read_input(struct arena *arena)
{
	char *text = arena_alloc(arena, INPUT_MAX);

	return (struct str){text, fread(text, 1, INPUT_MAX, stdin)};
}

static int
print(const struct buf *out)
{
	if (buf_ok(out) && fwrite(out->p, 1, out->n, stdout) == out->n && !fflush(stdout))
		return EXIT_SUCCESS;
	return EXIT_FAILURE;
}

/* Host and port as written: "git.example.com", "localhost:3000". */
static struct str
authority_of(struct arena *arena, const struct url *url)
{
	return str_empty(url->port)
		       ? url->host
		       : str_printf(arena, "%.*s:%.*s", STR_ARG(url->host), STR_ARG(url->port));
}

/* True if this host may have that token. */
static bool
is_for_host(const struct asked *a, const struct stored_token *token, struct str host)
{
	struct url issuer;

	if (a->options->host)
		return str_is(host, a->options->host);
	return !url_parse(token->issuer, &issuer, NULL) &&
	       str_eq(host, authority_of(a->arena, &issuer));
}

/* ---- git ---------------------------------------------------------------------------------- */

static struct str
attribute(struct str input, const char *name)
{
	while (input.n) {
		struct str line = str_cut(&input, '\n');

		if (str_is(str_cut(&line, '='), name))
			return line;
	}
	return STR_NONE;
}

/* Silence means "I have none": git then asks somebody else. */
static int
answer_git(const struct asked *a)
{
	struct str input = read_input(a->arena);
	struct str protocol = attribute(input, "protocol");
	struct str host = attribute(input, "host");
	struct stored_token token = {0};
	struct diag diag = {{0}};
	struct buf out;
	struct url url;
	enum err e;

	/* Later versions of git know more actions, which a helper may ignore. */
	if (strcmp(a->action, "get") != 0)
		return EXIT_SUCCESS;
	if (url_parse(str_printf(a->arena, "http://%.*s/", STR_ARG(host)), &url, NULL) ||
		!(str_is(protocol, "https") || (str_is(protocol, "http") && url_is_loopback(&url))))
		return EXIT_SUCCESS;
	if ((e = stored_usable(a->arena, a->options, &token, &diag)))
		return stored_fail(e, &diag);
	if (!is_for_host(a, &token, host))
		return EXIT_SUCCESS;
	buf_init(&out, a->arena, OUTPUT_MAX);
	buf_add_printf(&out, "username=%.*s\npassword=%.*s\n",
		STR_ARG(str_is_printable(token.account) && token.account.n ? token.account
									   : STR("oauth2")),
		STR_ARG(token.access_token));
	if (token.expires_at)
		buf_add_printf(&out, "password_expiry_utc=%lld\n", (long long)token.expires_at);
	return print(&out);
}

/* ---- docker ------------------------------------------------------------------------------- */

static int
docker_has_none(void)
{
	/* The sentence that docker knows. */
	(void)puts("credentials not found in native keychain");
	return EXIT_FAILURE;
}

/* docker shows what is on standard output, and would believe that it was stored. */
static int
docker_cannot(bool store)
{
	(void)puts(store ? "authgate keeps no passwords: run authgate login instead"
			 : "Unknown credential action");
	return EXIT_FAILURE;
}

static int
answer_docker(const struct asked *a)
{
	struct str address = str_trim(read_input(a->arena));
	struct stored_token token = {0};
	struct diag diag = {{0}};
	struct buf out;
	struct url url;
	enum err e;

	if (strcmp(a->action, "list") == 0)
		return puts("{}") < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	if (strcmp(a->action, "version") == 0)
		return printf("docker-credential-authgate (authgate) %s\n", program_version) < 0;
	if (strcmp(a->action, "erase") == 0)
		return EXIT_SUCCESS;
	if (strcmp(a->action, "get") != 0)
		return docker_cannot(strcmp(a->action, "store") == 0);
	address = str_cut(&address, '\n');
	if (!str_starts(address, STR("https://")) && !str_starts(address, STR("http://")))
		address = str_printf(a->arena, "https://%.*s", STR_ARG(address));
	if (url_parse(address, &url, NULL) ||
		(!str_is(url.scheme, "https") && !url_is_loopback(&url)))
		return docker_has_none();
	if ((e = stored_usable(a->arena, a->options, &token, &diag)))
		return stored_fail(e, &diag);
	if (!is_for_host(a, &token, authority_of(a->arena, &url)))
		return docker_has_none();
	buf_init(&out, a->arena, OUTPUT_MAX);
	json_open(&out, '{');
	json_member_str(&out, "ServerURL", address);
	json_member_str(&out, "Username", token.account);
	json_member_str(&out, "Secret", token.access_token);
	json_close(&out, '}');
	buf_add_char(&out, '\n');
	return print(&out);
}

/* ---- kube --------------------------------------------------------------------------------- */

/* kubectl says in KUBERNETES_EXEC_INFO which version of the contract it wants the answer
 * in, and takes no other.  Between these two nothing of the answer changed. */
static enum err
kube_version(struct arena *arena, struct str *ret, struct diag *diag)
{
	static const char *const known[] = {
		"client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"};
	struct str info = str_of(getenv("KUBERNETES_EXEC_INFO")), version;
	struct json *json = NULL;

	*ret = str_of(known[0]);
	if (str_empty(info))
		return OK;
	if (json_parse(info, INFO_MAX, &json, NULL))
		return diag_set(diag, ERR_MALFORMED, "KUBERNETES_EXEC_INFO is no JSON object");
	version = str_copy(arena, json_get_str(json, "apiVersion"));
	json_free(json);
	for (size_t i = 0; i < countof(known); i++)
		if (str_is(version, known[i])) {
			*ret = version;
			return OK;
		}
	return diag_set(diag, ERR_MALFORMED,
		"kubectl asks for %.*s; this answers in client.authentication.k8s.io/v1 and "
		"v1beta1: name one of them as the apiVersion of the user's exec",
		STR_ARG(client_terminal_clean(arena, str_first(version, 80), false)));
}

static int
answer_kube(const struct asked *a)
{
	struct stored_token token = {0};
	struct diag diag = {{0}};
	struct str version;
	char until[21];
	struct buf out;
	enum err e;

	if ((e = kube_version(a->arena, &version, &diag)) ||
		(e = stored_usable(a->arena, a->options, &token, &diag)))
		return stored_fail(e, &diag);
	buf_init(&out, a->arena, OUTPUT_MAX);
	json_open(&out, '{');
	json_member_str(&out, "apiVersion", version);
	json_member_str(&out, "kind", STR("ExecCredential"));
	json_key(&out, "status");
	json_open(&out, '{');
	json_member_str(&out, "token", a->options->id_token ? token.id_token : token.access_token);
	if (token.expires_at) {
		clock_format_utc(token.expires_at * MS_PER_S, until);
		json_member_str(&out, "expirationTimestamp", str_of(until));
	}
	json_close(&out, '}');
	json_close(&out, '}');
	buf_add_char(&out, '\n');
	return print(&out);
}

/* ---- the command -------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*answer)(const struct asked *);
	bool with_action;
} protocols[] = {
	{"git", answer_git, true},
	{"docker", answer_docker, true},
	{"kube", answer_kube, false},
};

static int
answer(struct arena *arena, const struct stored_options *o, int argc, char **argv)
{
	struct asked asked = {arena, o, argc > 1 ? argv[1] : "get"};

	for (size_t i = 0; argc > 0 && i < countof(protocols); i++)
		if (strcmp(argv[0], protocols[i].name) == 0 &&
			argc == (protocols[i].with_action ? 2 : 1))
			return protocols[i].answer(&asked);
	return command_usage("credential");
}

/* Options may stand on either side of the protocol: git appends the action to
 * whatever its configuration says. */
int
cmd_credential(int argc, char **argv)
{
	static const char *const also[] = {"host", "id-token", "min-ttl"};
	struct stored_options o;
	struct arena arena = {0};
	char *words[2];
	int rest, status, count = 0;

	if (argc > 1 && argv[1][0] != '-') {
		words[count++] = argv[1];
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	if (!stored_options_read(&arena, &o, argc, argv, also, countof(also), &rest))
		rest = argc + 1;
	while (rest < argc && count < 2)
		words[count++] = argv[rest++];
	status = rest == argc ? answer(&arena, &o, count, words) : command_usage("credential");
	arena_free(&arena);
	return status;
}
