/*
 * Rows of the admin API's answers: the C struct of each resource in lib/ops, and the one writer
 * of them all.  A field of lib/ops names its member here; a wrong one does not compile, nor does
 * one whose type is not that of its kind.
 */
#ifndef SERVER_ADMIN_ROWS_H
#define SERVER_ADMIN_ROWS_H

#include "lib/base/json.h"
#include "lib/oauth/authorization.h"
#include "lib/ops/ops.h"
#include "lib/store/audit_log.h"
#include "lib/store/client.h"
#include "lib/store/identity.h"
#include "lib/store/overview.h"
#include "lib/store/signing_key.h"
#include "lib/store/user.h"

/* What an answer says beside what is stored. */
struct user_row {
	struct user user;
	struct str status;
	bool is_email_verified;
};

struct key_row {
	struct signing_key key;
	int64_t signs_ms; /* of a successor: when it will sign */
};

struct audit_event_row {
	struct audit_row row;
	struct str severity;
};

struct audit_count_row {
	struct audit_count count;
	struct str severity;
};

struct setting_row {
	struct str key;
	struct str value;
	struct str origin;
	struct str changes;
};

struct check_row {
	struct str check;
	struct str state;
	struct str text;
	struct str advice;
};

struct queue_row {
	struct str name;
	int64_t threads, waiting, limit;
};

struct job_row {
	struct str name;
	struct str state;
	struct str every;
	struct str runs_on;
	int64_t ran_ms, took_ms, next_ms;
	int64_t runs, failures;
	struct str error;
	int64_t failed_ms;
};

struct server_row {
	struct str version;
	struct str node;
	struct str issuer;
	int64_t started_ms;
	int64_t uptime_s;
	bool is_ready;
	struct str reason;
	struct str database;
	struct str signs_with;
	bool leads;
	int64_t keys;
	int64_t waiting_readers, waiting_workers, waiting_hashers, waiting_callers, waiting_writer;
	int64_t users, admins, clients, clients_pending;
};

/* Writes the members of a row that have one of these places (OP_SHOW, OP_ONCE); those that are
 * empty only if they are OP_ALWAYS. */
void admin_write(struct buf *, enum resource_id, unsigned places, const void *row);
/* The fields with OP_SHOW as a line of CSV; without a row, their names. */
void admin_write_csv(struct buf *, enum resource_id, const void *row);
struct user_row admin_user_row(const struct user *);

#endif
