/*
 * Getting a connection, noticing that it is lost, and getting another.
 */
#include "lib/store/postgres_private.h"

#include "lib/base/clock.h"
#include "lib/crypto/random.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	VERSION_MIN = 130000,
	NUMBER_SIZE = 24,
	SETTINGS_SIZE = 320,
	STALE_READS_MAX = 8,
	PAUSE_MIN_US = 50 * 1000,
	PAUSE_MAX_US = 2 * 1000 * 1000,
	START_PAUSE_NS = 200 * 1000 * 1000,
	US_PER_S = 1000 * 1000,
	/* Beyond statement_timeout: then it is not the statement, it is the way. */
	ANSWER_GRACE_MS = 2000,
};

/* Of struct store_setup, where it says 0. */
enum { CONNECT_TIMEOUT_S = 3, STATEMENT_TIMEOUT_S = 5, LOCK_TIMEOUT_S = 2 };
enum { IN_USE_LOOKS = 40, IN_USE_PAUSE_MS = 50 };

/* ---- failures ---- */

/* One line, and never the DETAIL, which quotes rows. */
enum err
postgres_note(struct postgres *s, enum err e, const char *text)
{
	(void)snprintf(s->error, sizeof s->error, "%s", text ? text : "no text");
	s->trouble = STORE_AWAY;
	for (char *p = s->error; *p; p++)
		if (*p == '\n')
			*p = p[1] ? ' ' : '\0';
	return e;
}

void
postgres_drop(struct postgres *s)
{
	pq()->finish(s->pg);
	s->pg = NULL;
	s->unread = 0;
	postgres_forget_ahead(s);
	s->repeatable = false;
	memset(s->prepared, 0, sizeof s->prepared);
}

enum err
postgres_lose(struct postgres *s)
{
	(void)postgres_note(s, ERR_STORE, pq()->errorMessage(s->pg));
	postgres_drop(s);
	return ERR_STORE;
}

/* ---- waiting ---- */

/* Until PQgetResult would not block; false if the connection is lost. */
static bool
await(struct postgres *s)
{
	int64_t limit_ms = s->statement_timeout_s * MS_PER_S + ANSWER_GRACE_MS;
	int64_t end_us = clock_monotonic_us() + limit_ms * 1000;
	struct pollfd fd = {.fd = pq()->socket(s->pg)};
	int unsent;

	while ((unsent = pq()->flush(s->pg)) >= 0 && pq()->isBusy(s->pg)) {
		int64_t left_ms = (end_us - clock_monotonic_us()) / 1000;
		int ready;

		fd.events = unsent ? POLLIN | POLLOUT : POLLIN;
		ready = left_ms > 0 ? poll(&fd, 1, (int)left_ms) : 0;
		if (!ready) {
			(void)postgres_note(s, ERR_STORE, "the database does not answer");
			postgres_drop(s);
			s->silent = true;
			if (s->silent_us)
				atomic_store(s->silent_us, clock_monotonic_us());
			return false;
		}
		if (ready > 0 && fd.revents & ~POLLOUT && !pq()->consumeInput(s->pg))
			break;
	}
	if (unsent < 0 || pq()->status(s->pg) != CONNECTION_OK) {
		(void)postgres_lose(s);
		return false;
	}
	return true;
}

PGresult *
postgres_next_result(struct postgres *s)
{
	return s->pg && await(s) ? pq()->getResult(s->pg) : NULL;
}

/* ---- the connection ---- */

static void
take_notice(void *context, const PGresult *result)
{
	struct postgres *s = context;

	(void)result;
	s->warned = true;
}

/* What the DSN does not say; `forced` it cannot say. */
static PGconn *
dial(const struct postgres *s)
{
	char timeout[NUMBER_SIZE];
	const struct {
		const char *key, *value;
	} settings[] = {
		{"connect_timeout", timeout},
		{"keepalives_idle", "10"},
		{"keepalives_interval", "5"},
		{"keepalives_count", "3"},
		{"tcp_user_timeout", "10000"},
		{"fallback_application_name", "authgate"},
		{"dbname", s->dsn},
		{"client_encoding", "UTF8"},
		{NULL, NULL},
	};
	const char *keys[countof(settings)], *values[countof(settings)];

	(void)snprintf(timeout, sizeof timeout, "%" PRId64, s->connect_timeout_s);
	for (size_t i = 0; i < countof(settings); i++) {
		keys[i] = settings[i].key;
		values[i] = settings[i].value;
	}
	return pq()->connectdbParams(keys, values, 1);
}

/* What every connection wants of the server.  A plan made while a table was
 * empty would scan it, and is kept: statements are written for indexes. */
static enum err
dress(struct postgres *s)
{
	const char *encoding = pq()->parameterStatus(s->pg, "server_encoding");
	char sql[SETTINGS_SIZE];
	PGresult *result;
	bool fine;

	if (pq()->serverVersion(s->pg) < VERSION_MIN)
		return postgres_note(s, ERR_CONFIG, "PostgreSQL 13 or later is needed");
	if (!encoding || strcmp(encoding, "UTF8") != 0)
		return postgres_note(s, ERR_CONFIG, "the database must have the encoding UTF8");
	(void)snprintf(sql, sizeof sql,
		"SET statement_timeout = '%" PRId64 "s'; SET lock_timeout = '%" PRId64 "s';"
		"SET idle_in_transaction_session_timeout = '%" PRId64 "s';"
		"SET enable_seqscan = off; SET jit = off; SET client_min_messages = warning%s",
		s->statement_timeout_s, s->lock_timeout_s, 2 * s->statement_timeout_s,
		s->listen ? "; LISTEN authgate" : "");
	result = pq()->exec(s->pg, sql);
	fine = pq()->resultStatus(result) == PGRES_COMMAND_OK;
	pq()->clear(result);
	if (!fine || pq()->setnonblocking(s->pg, 1) || !pq()->enterPipelineMode(s->pg))
		return postgres_note(s, ERR_STORE, pq()->errorMessage(s->pg));
	return OK;
}

/* Not all at the same time: up to a tenth earlier. */
static int64_t
lifetime_us(const struct postgres *s)
{
	int64_t most_us = s->max_lifetime_s * US_PER_S;
	uint32_t early_ms = 0;

	if (random_below((uint32_t)(most_us / 1000 / 10), &early_ms))
		early_ms = 0;
	return most_us - early_ms * INT64_C(1000);
}

/* libpq's words, in the C locale, for a host that target_session_attrs does not
 * want: it, or another, will be promoted. */
static bool
has_met_standbys(const struct postgres *s)
{
	const char *text = pq()->errorMessage(s->pg);

	return strstr(text, "session is read-only") || strstr(text, "hot standby mode");
}

static enum err
connect_once(struct postgres *s)
{
	enum err e = OK;

	s->silent = false;
	s->pg = dial(s);
	s->standbys = pq()->status(s->pg) != CONNECTION_OK && has_met_standbys(s);
	if (pq()->status(s->pg) != CONNECTION_OK)
		return postgres_lose(s);
	s->sessions++;
	(void)pq()->setNoticeReceiver(s->pg, take_notice, s);
	if ((e = dress(s)))
		postgres_drop(s);
	s->noticed = true;
	s->used_us = clock_monotonic_us();
	s->expires_us = s->max_lifetime_s ? s->used_us + lifetime_us(s) : 0;
	return e;
}

void
postgres_retire(struct postgres *s)
{
	int64_t now_us = clock_monotonic_us();
	bool is_old = s->expires_us && now_us >= s->expires_us;
	bool is_suspect = s->silent_us && atomic_load(s->silent_us) > s->used_us;

	if ((is_old || is_suspect) && !s->unread)
		postgres_drop(s);
	s->used_us = now_us;
}

int64_t
postgres_rest(void *connection)
{
	struct postgres *s = connection;
	int64_t end_us = s->expires_us;

	if (s->max_idle_s && (!end_us || s->used_us + s->max_idle_s * US_PER_S < end_us))
		end_us = s->used_us + s->max_idle_s * US_PER_S;
	if (!s->pg || !end_us)
		return 0;
	if (clock_monotonic_us() < end_us)
		return (end_us - clock_monotonic_us()) / 1000 + 1;
	postgres_drop(s);
	return 0;
}

/* Waits longer after every failure, and not as long as the other threads. */
static void
back_off(struct postgres *s)
{
	int64_t pause_us = s->pause_us ? 2 * s->pause_us : PAUSE_MIN_US;
	uint32_t jitter = 0;

	s->pause_us = pause_us < PAUSE_MAX_US ? pause_us : PAUSE_MAX_US;
	if (random_below((uint32_t)s->pause_us / 2, &jitter))
		jitter = 0;
	s->failed_us = clock_monotonic_us();
	s->retry_us = s->failed_us + s->pause_us / 2 + jitter;
}

/* The pause after a failure is over, or another thread has found the database since. */
static bool
may_try(const struct postgres *s)
{
	return clock_monotonic_us() >= s->retry_us ||
	       (s->reached_us && atomic_load(s->reached_us) > s->failed_us);
}

enum err
postgres_reconnect(struct postgres *s)
{
	enum sql which;
	enum err e;

	if (!may_try(s))
		return ERR_STORE;
	e = connect_once(s);
	if (!e && s->prepare_all && (e = postgres_prepare_all(s, &which)))
		postgres_drop(s);
	if (e) {
		back_off(s);
		return ERR_STORE;
	}
	s->pause_us = 0;
	if (s->reached_us)
		atomic_store(s->reached_us, clock_monotonic_us());
	return OK;
}

/* A server that restarted has closed the socket of an idle connection: better
 * seen now than in the middle of a change. */
void
postgres_notice_hangup(struct postgres *s)
{
	struct pollfd fd = {.fd = pq()->socket(s->pg), .events = POLLIN};

	for (int i = 0; i < STALE_READS_MAX && poll(&fd, 1, 0) > 0; i++) {
		if (!pq()->consumeInput(s->pg)) {
			(void)postgres_lose(s);
			return;
		}
		(void)pq()->isBusy(s->pg);
	}
}

/* ---- notifications ---- */

bool
postgres_noticed(void *connection)
{
	struct postgres *s = connection;
	PGnotify *notice;
	bool noticed;

	if (s->pg)
		postgres_notice_hangup(s);
	if (!s->pg && postgres_reconnect(s))
		return false;
	noticed = s->noticed;
	s->noticed = false;
	while ((notice = pq()->notifies(s->pg))) {
		noticed = true;
		pq()->freemem(notice);
	}
	return noticed;
}

/* ---- the slots ---- */

void
postgres_close(void *connection)
{
	struct postgres *s = connection;

	if (!s)
		return;
	postgres_forget_ahead(s);
	pq()->finish(s->pg);
	arena_free(&s->scratch);
	free(s->dsn);
	free(s);
}

/* A password with an unescaped @ or / is read as part of these. */
static bool
is_torn(const PQconninfoOption *o)
{
	if (!o->val)
		return false;
	if (strcmp(o->keyword, "host") == 0)
		return strchr(o->val, '@') != NULL;
	return strcmp(o->keyword, "port") == 0 && o->val[strspn(o->val, "0123456789,")];
}

/* Before libpq uses it, because its own words may quote a password. */
static enum err
check_dsn(const char *dsn, struct diag *diag)
{
	PQconninfoOption *options = pq()->conninfoParse(dsn, NULL);
	enum err e = OK;

	if (!options)
		return diag_set(diag, ERR_CONFIG,
			"database.dsn is neither key=value pairs nor a postgres:// URL");
	for (const PQconninfoOption *o = options; o->keyword; o++)
		if (is_torn(o))
			e = diag_set(diag, ERR_CONFIG,
				"database.dsn: the %s makes no sense; in the password of a URL, "
				"@ is written %%40 and / is %%2F",
				o->keyword);
	pq()->conninfoFree(options);
	return e;
}

/* Asks without TLS, because it asks whether somebody is there, not who. */
static bool
is_up(const struct postgres *s)
{
	const char *const keys[] = {"dbname", "connect_timeout", "sslmode", NULL};
	const char *const values[] = {s->dsn, "3", "disable", NULL};

	return !s->standbys && pq()->pingParams(keys, values, 1) == PQPING_OK;
}

/* While the database is starting, away or still a standby, at most until end_us;
 * a refusal (no such user, no such database, a certificate that is not trusted)
 * is final. */
static enum err
connect_first(struct postgres *s, int64_t end_us)
{
	const struct timespec pause = {.tv_nsec = START_PAUSE_NS};
	enum err e;

	while ((e = connect_once(s)) == ERR_STORE && clock_monotonic_us() < end_us) {
		/* It may have come between the two. */
		if (is_up(s) && ((e = connect_once(s)) != ERR_STORE || !s->standbys))
			return e;
		(void)nanosleep(&pause, NULL);
	}
	return e;
}

enum err
postgres_open(const struct store_setup *setup, void **ret_connection, struct diag *diag)
{
	struct postgres *s;
	int64_t end_us = clock_monotonic_us() + setup->init_timeout_s * US_PER_S;
	enum err e;

	if ((e = libpq_load(diag)))
		return e;
	s = xcalloc(1, sizeof *s);
	s->dsn = xstrdup(str_c(&s->scratch, setup->dsn));
	s->listen = setup->listen;
	s->max_lifetime_s = setup->max_lifetime_s;
	s->max_idle_s = setup->max_idle_s;
	s->reached_us = setup->reached_us;
	s->silent_us = setup->silent_us;
	s->connect_timeout_s =
		setup->connect_timeout_s ? setup->connect_timeout_s : CONNECT_TIMEOUT_S;
	s->statement_timeout_s =
		setup->statement_timeout_s ? setup->statement_timeout_s : STATEMENT_TIMEOUT_S;
	s->lock_timeout_s = setup->lock_timeout_s ? setup->lock_timeout_s : LOCK_TIMEOUT_S;
	e = check_dsn(s->dsn, diag);
	if (!e && (e = connect_first(s, end_us)))
		(void)diag_set(diag, e, "cannot use the database: %s", s->error);
	if (e) {
		postgres_close(s);
		return e;
	}
	*ret_connection = s;
	return OK;
}

static enum err
see_others(struct postgres *s, bool *ret, struct diag *diag)
{
	static const char sql[] = "SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
				  "AND application_name = 'authgate' AND datname = "
				  "current_database() LIMIT 1";
	PGresult *result = pq()->exec(s->pg, sql);
	enum err e = OK;

	if (pq()->resultStatus(result) == PGRES_TUPLES_OK)
		*ret = pq()->ntuples(result) > 0;
	else
		e = diag_set(diag, ERR_STORE, "cannot see who uses the database: %s",
			pq()->errorMessage(s->pg));
	pq()->clear(result);
	return e;
}

/* Asked on a connection of its own, which does not count.  What serves a connection outlives
 * its client by a moment, and by more on a busy machine: who has just stopped a server is not
 * told that one runs.  One that does run is still there after the last look. */
enum err
postgres_in_use(const struct store_setup *setup, bool *ret, struct diag *diag)
{
	static const struct timespec pause = {.tv_nsec = IN_USE_PAUSE_MS * 1000000L};
	void *connection;
	struct postgres *s;
	enum err e;

	if ((e = postgres_open(setup, &connection, diag)))
		return e;
	s = connection;
	if (pq()->setnonblocking(s->pg, 0) || !pq()->exitPipelineMode(s->pg))
		e = diag_set(diag, ERR_STORE, "cannot see who uses the database: %s",
			pq()->errorMessage(s->pg));
	for (int look = 0; !e && look < IN_USE_LOOKS; look++) {
		if ((e = see_others(s, ret, diag)) || !*ret)
			break;
		(void)nanosleep(&pause, NULL);
	}
	postgres_close(s);
	return e;
}
