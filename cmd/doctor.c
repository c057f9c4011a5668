/* authgate doctor: runs the checks and writes the report. */
#include "cmd/doctor.h"

#include "cmd/command.h"
#include "cmd/options.h"
#include "lib/base/json.h"
#include "lib/crypto/digest.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { REPORT_MAX = 256 * 1024, TEXT_SIZE = 1024 };

static const char *const words[] = {"ok", "warn", "fail"};

/* In the order in which a person would look: what rests on what is below it. */
static const struct {
	const char *name;
	doctor_check *run;
} checks[] = {
	{"configuration", doctor_configuration},
	{"files", doctor_files},
	{"disk", doctor_disk},
	{"limits", doctor_limits},
	{"database", doctor_database},
	{"schema", doctor_schema},
	{"first start", doctor_first_start},
	{"writing", doctor_writing},
	{"integrity", doctor_integrity},
	{"clock", doctor_clock},
	{"keys", doctor_keys},
	{"id tokens", doctor_id_tokens},
	{"admin socket", doctor_admin_socket},
	{"redis", doctor_redis},
	{"certificate", doctor_certificate},
	{"proxy", doctor_proxy},
	{"public address", doctor_public_address},
	{"other servers", doctor_other_servers},
};

void
doctor_say(struct doctor *d, enum finding finding, const char *advice, const char *format, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (finding > d->worst)
		d->worst = finding;
	if (d->json) {
		json_open(&d->out, '{');
		json_member_str(&d->out, "check", str_of(d->check));
		json_member_str(&d->out, "result", str_of(words[finding]));
		json_member_str(&d->out, "text", str_of(text));
		if (*advice)
			json_member_str(&d->out, "advice", str_of(advice));
		json_close(&d->out, '}');
		return;
	}
	buf_add_printf(&d->out, "%-5s %-15s %s\n", words[finding], d->check, text);
	if (*advice)
		buf_add_printf(&d->out, "%21s -> %s\n", "", advice);
}

static void
examine(struct doctor *d)
{
	if (d->json) {
		json_open(&d->out, '{');
		json_key(&d->out, "checks");
		json_open(&d->out, '[');
	}
	for (size_t i = 0; i < countof(checks); i++) {
		d->check = checks[i].name;
		checks[i].run(d);
		/* Nothing rests on a configuration with mistakes. */
		if (!i && d->worst == FINDING_FAIL)
			break;
	}
	if (!d->json)
		return;
	json_close(&d->out, ']');
	json_member_str(&d->out, "worst", str_of(words[d->worst]));
	json_close(&d->out, '}');
	buf_add_char(&d->out, '\n');
}

static void
load(struct doctor *d, const struct config_options *options)
{
	const struct config_request request = options_request(&d->arena, options);
	struct config_result *result = arena_new(&d->arena, struct config_result);

	(void)!config_load(&d->arena, &request, result); /* doctor_configuration tells */
	d->loaded = result;
	d->config = &result->config;
	d->setup = (struct store_setup){
		.driver = d->config->database_driver,
		.dsn = d->config->database_dsn,
		.connect_timeout_s = d->config->database_connect_timeout_s,
		.statement_timeout_s = d->config->database_statement_timeout_s,
		.lock_timeout_s = d->config->database_lock_timeout_s,
	};
}

static int
report(struct doctor *d)
{
	struct str text = buf_str(&d->out);

	if (!buf_ok(&d->out) || fwrite(text.p, 1, text.n, stdout) != text.n || fflush(stdout))
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
	struct doctor d = {.check = "", .ca_file = str_of(getenv("AUTHGATE_CA_FILE"))};
	int option, code;

	while ((option = getopt_long(argc, argv, "c:", long_options, NULL)) != -1) {
		if (option == 'c')
			options.file = optarg;
		else if (option == 'C')
			d.ca_file = str_of(optarg);
		else if (option == 'd')
			d.deep = true;
		else if (option == 'j')
			d.json = true;
		else if (option != 's' || !options_set(&options, optarg))
			return command_usage("doctor");
	}
	if (optind != argc)
		return command_usage("doctor");
	buf_init(&d.out, &d.arena, REPORT_MAX);
	(void)!crypto_init();
	load(&d, &options);
	examine(&d);
	code = report(&d);
	store_close(d.store);
	arena_free(&d.arena);
	return code;
}
