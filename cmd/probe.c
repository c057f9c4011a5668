/* authgate probe: tests a server's device grant from outside. */
#include "probe/probe.h"

#include "clients/exit_code.h"
#include "clients/interrupt.h"
#include "clients/line.h"
#include "cmd/command.h"
#include "cmd/stored.h"
#include "lib/base/clock.h"
#include "lib/base/duration.h"
#include "lib/crypto/digest.h"

#include <getopt.h>
#include <unistd.h>

enum { SECRET_MAX = 1024, PATIENCE_S = 90 };

enum flag {
	CLIENT_ID = 1,
	CLIENT_SECRET,
	CLIENT_AUTH,
	OTHER_CLIENT_ID,
	SCOPE,
	APPROVE,
	DENY,
	INTRUSIVE,
	STORM,
	PATIENCE,
	CA_FILE,
	JSON,
	JUNIT,
};

static const struct option flags[] = {
	{"client-id", required_argument, NULL, CLIENT_ID},
	{"client-secret-stdin", no_argument, NULL, CLIENT_SECRET},
	{"client-auth", required_argument, NULL, CLIENT_AUTH},
	{"other-client-id", required_argument, NULL, OTHER_CLIENT_ID},
	{"scope", required_argument, NULL, SCOPE},
	{"approve-command", required_argument, NULL, APPROVE},
	{"deny-command", required_argument, NULL, DENY},
	{"intrusive", no_argument, NULL, INTRUSIVE},
	{"refresh-storm", no_argument, NULL, STORM},
	{"patience", required_argument, NULL, PATIENCE},
	{"ca-file", required_argument, NULL, CA_FILE},
	{"json", no_argument, NULL, JSON},
	{"junit", no_argument, NULL, JUNIT},
	{NULL, 0, NULL, 0},
};

struct probing {
	struct arena arena;
	struct probe_options options;
	bool secret_on_stdin;
	bool json;
	bool junit;
};

static bool
take_patience(struct probing *p, struct str text)
{
	int64_t ms;

	if (duration_parse_ms(text, &ms))
		return false;
	p->options.patience_s = (ms + MS_PER_S - 1) / MS_PER_S;
	return true;
}

static bool
take_option(struct probing *p, int flag)
{
	struct probe_options *o = &p->options;

	switch (flag) {
	case CLIENT_ID: o->client.id = str_of(optarg); return true;
	case CLIENT_SECRET: p->secret_on_stdin = true; return true;
	case CLIENT_AUTH: return client_identity_parse_auth(str_of(optarg), &o->client) == OK;
	case OTHER_CLIENT_ID: o->other_client_id = str_of(optarg); return true;
	case SCOPE: o->scope = str_of(optarg); return true;
	case APPROVE: o->approve_command = optarg; return true;
	case DENY: o->deny_command = optarg; return true;
	case INTRUSIVE: o->intrusive = true; return true;
	case STORM: o->refresh_storm = true; return true;
	case PATIENCE: return take_patience(p, str_of(optarg));
	case CA_FILE: return stored_ca_path(&p->arena, optarg, &o->ca_file);
	case JSON: p->json = true; return true;
	case JUNIT: p->junit = true; return true;
	default: return false;
	}
}

/* The issuer is the one argument; options may stand behind it. */
static bool
read_arguments(struct probing *p, int argc, char **argv)
{
	int flag;

	p->options.patience_s = PATIENCE_S;
	optind = 1;
	while ((flag = getopt_long(argc, argv, "", flags, NULL)) != -1)
		if (!take_option(p, flag))
			return false;
	if (optind + 1 != argc || (p->json && p->junit))
		return false;
	p->options.issuer = str_of(argv[optind]);
	p->options.asks_person = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	return true;
}

static void
tell(void *probing, const struct probe_finding *f)
{
	struct probing *p = probing;

	if (p->json || p->junit)
		return;
	(void)printf("%.*s", STR_ARG(probe_finding_line(&p->arena, f)));
	(void)fflush(stdout);
}

static void
print_report(struct probing *p, const struct probe_report *r)
{
	struct str text = p->json    ? probe_report_json(&p->arena, r)
			  : p->junit ? probe_report_junit(&p->arena, r)
				     : probe_report_text(&p->arena, r);

	(void)fwrite(text.p, 1, text.n, stdout);
}

static int
run(struct probing *p)
{
	struct probe_report report;
	struct diag diag = {{0}};
	enum err e;

	if ((e = crypto_init()) || (e = client_interrupt_open(&p->options.cancel_fd, &diag)))
		return stored_fail(e, &diag);
	if (p->secret_on_stdin && client_line_read(&p->arena, SECRET_MAX, p->options.cancel_fd,
					  &p->options.client.secret)) {
		(void)diag_set(&diag, ERR_MALFORMED, "standard input holds no line with a secret");
		e = ERR_MALFORMED;
	} else {
		e = probe_run(&p->arena, &p->options, tell, p, &report, &diag);
	}
	client_interrupt_close(p->options.cancel_fd);
	if (e) {
		(void)stored_fail(e, &diag);
		return e == ERR_MALFORMED ? EXIT_USAGE : client_exit_code(e);
	}
	print_report(p, &report);
	return probe_report_count(&report, PROBE_FAIL) ? 1 : 0;
}

int
cmd_probe(int argc, char **argv)
{
	struct probing p = {.options = {.patience_s = PATIENCE_S}};
	int status = read_arguments(&p, argc, argv) ? run(&p) : command_usage("probe");

	arena_free(&p.arena);
	return status;
}
