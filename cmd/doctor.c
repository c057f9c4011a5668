/* authgate doctor: runs the checks and writes the report. */
#include "cmd/doctor.h"

#include "cmd/command.h"
#include "cmd/options.h"
#include "lib/base/json.h"
#include "lib/crypto/digest.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { REPORT_MAX = 256 * 1024 };

struct report {
	struct buf out;
	bool json;
};

static void
write_line(struct buf *out, const struct doctor_finding *f)
{
	buf_add_printf(out, "%-5s %-15s %.*s\n", doctor_finding_name(f->finding), f->check,
		STR_ARG(f->text));
	if (f->advice.n)
		buf_add_printf(out, "%21s -> %.*s\n", "", STR_ARG(f->advice));
}

static void
write_object(struct buf *out, const struct doctor_finding *f)
{
	json_open(out, '{');
	json_member_str(out, "check", str_of(f->check));
	json_member_str(out, "result", str_of(doctor_finding_name(f->finding)));
	json_member_str(out, "text", f->text);
	if (f->advice.n)
		json_member_str(out, "advice", f->advice);
	json_close(out, '}');
}

static void
tell(void *context, const struct doctor_finding *f)
{
	struct report *r = context;

	(r->json ? write_object : write_line)(&r->out, f);
}

static void
examine(struct doctor *d, struct report *r)
{
	if (r->json) {
		json_open(&r->out, '{');
		json_key(&r->out, "checks");
		json_open(&r->out, '[');
	}
	doctor_examine(d, false);
	if (!r->json)
		return;
	json_close(&r->out, ']');
	json_member_str(&r->out, "worst", str_of(doctor_finding_name(d->worst)));
	json_close(&r->out, '}');
	buf_add_char(&r->out, '\n');
}

static void
load(struct doctor *d, const struct config_options *options)
{
	const struct config_request request = options_request(&d->arena, options);
	struct config_result *result = arena_new(&d->arena, struct config_result);

	(void)!config_load(&d->arena, &request, result); /* doctor_configuration tells */
	d->config = &result->config;
	d->origins = result->origins;
	d->problems = buf_str(&result->problems);
	d->warnings = buf_str(&result->warnings);
	d->setup = (struct store_setup){
		.driver = d->config->database_driver,
		.dsn = d->config->database_dsn,
		.connect_timeout_s = d->config->database_connect_timeout_s,
		.statement_timeout_s = d->config->database_statement_timeout_s,
		.lock_timeout_s = d->config->database_lock_timeout_s,
	};
}

static int
finish(const struct doctor *d, const struct report *r)
{
	struct str text = buf_str(&r->out);

	if (!buf_ok(&r->out) || fwrite(text.p, 1, text.n, stdout) != text.n || fflush(stdout))
		return EX_IOERR;
	return d->worst == FINDING_FAIL ? EXIT_FAILURE : EXIT_SUCCESS;
}

int
cmd_doctor(int argc, char **argv)
{
	static const struct option long_options[] = {
		{"config", required_argument, NULL, 'c'},
		{"set", required_argument, NULL, 's'},
		{"deep", no_argument, NULL, 'd'},
		{"ca-file", required_argument, NULL, 'C'},
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	struct config_options options = {.dotenv = true};
	struct report report = {.json = false};
	struct doctor d = {.check = "",
		.ca_file = str_of(getenv("AUTHGATE_CA_FILE")),
		.tell = tell,
		.context = &report};
	int option, code;

	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) != -1) {
		if (option == 'c')
			options.file = optarg;
		else if (option == 'C')
			d.ca_file = str_of(optarg);
		else if (option == 'd')
			d.integrity = doctor_read_all;
		else if (option == 'j')
			report.json = true;
		else if (option != 's' || !options_set(&options, optarg))
			return command_usage("doctor");
	}
	if (optind != argc)
		return command_usage("doctor");
	buf_init(&report.out, &d.arena, REPORT_MAX);
	(void)!crypto_init();
	load(&d, &options);
	examine(&d, &report);
	code = finish(&d, &report);
	store_close(d.store);
	arena_free(&d.arena);
	return code;
}
