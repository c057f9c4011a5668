/* The checks in their order, and what they say. */
#include "lib/doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_SIZE = 1024 };

/* In the order in which a person would look: what rests on what is below it. */
static const struct {
	const char *name;
	doctor_check *run;
	bool of_server; /* can be told by a server that runs, without asking others or for long */
} checks[] = {
	{"configuration", doctor_configuration, true},
	{"files", doctor_files, true},
	{"disk", doctor_disk, true},
	{"limits", doctor_limits, true},
	{"database", doctor_database, false},
	{"schema", doctor_schema, false},
	{"first start", doctor_first_start, false},
	{"writing", doctor_writing, false},
	{"integrity", doctor_integrity, false},
	{"clock", doctor_clock, true},
	{"keys", doctor_keys, true},
	{"id tokens", doctor_id_tokens, false},
	{"admin socket", doctor_admin_socket, true},
	{"redis", doctor_redis, true},
	{"certificate", doctor_certificate, true},
	{"proxy", doctor_proxy, true},
	{"public address", doctor_public_address, false},
	{"other servers", doctor_other_servers, false},
};

const char *
doctor_finding_name(enum finding finding)
{
	static const char *const names[] = {"ok", "warn", "fail"};

	return names[finding];
}

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
	d->tell(d->context,
		&(struct doctor_finding){d->check, finding, str_of(text), str_of(advice)});
}

void
doctor_examine(struct doctor *d, bool is_server)
{
	for (size_t i = 0; i < countof(checks); i++) {
		if (is_server && !checks[i].of_server)
			continue;
		d->check = checks[i].name;
		checks[i].run(d);
		/* Nothing rests on a configuration with mistakes. */
		if (!i && d->worst == FINDING_FAIL)
			break;
	}
}
