/*
 * Is everything as the server needs it?  A check is a function in lib/doctor/doctor_*.c and a row
 * of the table in doctor.c; it says what it found, and what to do about it.  It changes nothing
 * and never shows a secret.
 *
 * `authgate doctor` runs all of them; a server that runs is asked for those that make sense while
 * it does (server/admin/doctor.c).
 */
#ifndef LIB_DOCTOR_DOCTOR_H
#define LIB_DOCTOR_DOCTOR_H

#include "lib/config/config.h"
#include "lib/store/store.h"

enum finding { FINDING_OK, FINDING_WARN, FINDING_FAIL };

/* The text tells what is, the advice, unless empty, what to do. */
struct doctor_finding {
	const char *check;
	enum finding finding;
	struct str text, advice;
};

struct doctor;
typedef void doctor_check(struct doctor *);

struct doctor {
	struct arena arena;
	const struct config *config;
	const struct config_origin *origins; /* of each key */
	struct str problems, warnings;       /* lines, of the configuration */
	struct store_setup setup;
	struct store *store;     /* for reading; NULL if it cannot be opened */
	struct str ca_file;      /* whom to trust at the public address */
	doctor_check *integrity; /* reads the whole database; NULL: not asked for */
	/* Is told of each finding; what that says ends with the call. */
	void (*tell)(void *context, const struct doctor_finding *);
	void *context;
	const char *check; /* the name of the one that runs */
	enum finding worst;
};

/* Runs all checks, or, in the process of a server, those that it can be asked for: there the
 * store is the caller's. */
void doctor_examine(struct doctor *, bool is_server);
/* "ok", "warn", "fail" */
const char *doctor_finding_name(enum finding);

/* ---- for checks ---- */

void doctor_say(struct doctor *, enum finding, const char *advice, const char *format, ...)
	PRINTF_LIKE(4, 5);
/* The path of the SQLite file, NULL if there is none. */
const char *doctor_database_file(struct doctor *);

/* ---- doctor_host.c ---- */
doctor_check doctor_configuration;
doctor_check doctor_files;
doctor_check doctor_disk;
doctor_check doctor_limits;
doctor_check doctor_admin_socket;
doctor_check doctor_redis;

/* ---- doctor_database.c ---- */
doctor_check doctor_database;
doctor_check doctor_schema;
doctor_check doctor_first_start;
doctor_check doctor_writing;
doctor_check doctor_integrity;
doctor_check doctor_clock;
doctor_check doctor_keys;
doctor_check doctor_id_tokens;

/* ---- doctor_web.c ---- */
doctor_check doctor_certificate;
doctor_check doctor_proxy;
doctor_check doctor_public_address;

/* ---- doctor_others.c ---- */
doctor_check doctor_other_servers;

#endif
