/*
 * authgate doctor: is everything as the server needs it?  A check is a function in
 * cmd/doctor_*.c and a row of the table in cmd/doctor.c; it says what it found, and
 * what to do about it.  It changes nothing and never shows a secret.
 */
#ifndef CMD_DOCTOR_H
#define CMD_DOCTOR_H

#include "lib/config/config.h"
#include "lib/store/store.h"

enum finding { FINDING_OK, FINDING_WARN, FINDING_FAIL };

struct doctor {
	struct arena arena;
	const struct config_result *loaded;
	const struct config *config;
	struct store_setup setup;
	struct store *store; /* for reading; NULL if it cannot be opened */
	struct str ca_file;  /* --ca-file: whom to trust at the public address */
	bool deep;           /* also what takes long */
	bool json;
	struct buf out;
	const char *check; /* the name of the one that runs */
	enum finding worst;
};

/* One line of the report: the text tells what is, the advice, unless empty, what to do. */
void doctor_say(struct doctor *, enum finding, const char *advice, const char *format, ...)
	PRINTF_LIKE(4, 5);

typedef void doctor_check(struct doctor *);

/* ---- cmd/doctor_host.c ---- */
/* The path of the SQLite file, NULL if there is none. */
const char *doctor_database_file(struct doctor *);
doctor_check doctor_configuration;
doctor_check doctor_files;
doctor_check doctor_disk;
doctor_check doctor_limits;
doctor_check doctor_admin_socket;
doctor_check doctor_redis;

/* ---- cmd/doctor_database.c ---- */
doctor_check doctor_database;
doctor_check doctor_schema;
doctor_check doctor_first_start;
doctor_check doctor_writing;
doctor_check doctor_integrity;
doctor_check doctor_clock;
doctor_check doctor_keys;
doctor_check doctor_id_tokens;

/* ---- cmd/doctor_web.c ---- */
doctor_check doctor_certificate;
doctor_check doctor_proxy;
doctor_check doctor_public_address;

/* ---- cmd/doctor_others.c ---- */
doctor_check doctor_other_servers;

#endif
