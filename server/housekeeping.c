/* Purging and key rotation, as a table of chores. */
#include "server/housekeeping.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/oauth/keys.h"
#include "lib/oauth/logout.h"
#include "lib/store/audit_log.h"
#include "lib/store/auth_code.h"
#include "lib/store/authorize_request.h"
#include "lib/store/device_code.h"
#include "lib/store/registration.h"
#include "lib/store/session.h"
#include "lib/store/token.h"
#include "server/server.h"
#include "server/work.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* A batch is small enough that no request waits noticeably behind it; a round
 * goes on with batches until one is not full. */
enum {
	TICK_S = 1,
	TICKS_PER_ROUND = 30,
	BATCH_ROWS = 500,
	BATCHES_MAX = 200,
	HOUR_MS = 3600 * MS_PER_S
};

struct housekeeping {
	struct server *server;
	struct store *store; /* for reading */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool stopping;
	struct id family_walk; /* where the purge of families has come to */
};

/* ---- purging ---- */

struct purge {
	struct housekeeping *h;
	int64_t now_ms;
	int64_t deleted;
	bool more; /* a batch that was not full need not be the last */
};

static enum err
purge_sessions(struct store *s, void *arg)
{
	struct purge *p = arg;

	return session_purge(s, p->now_ms, BATCH_ROWS, &p->deleted);
}

static enum err
purge_authorize_requests(struct store *s, void *arg)
{
	struct purge *p = arg;

	return authorize_request_purge(s, p->now_ms, BATCH_ROWS, &p->deleted);
}

/* Kept for an hour, so that a late poll is told "expired" and not "unknown". */
static enum err
purge_device_codes(struct store *s, void *arg)
{
	struct purge *p = arg;

	return device_code_purge(s, p->now_ms - HOUR_MS, BATCH_ROWS, &p->deleted);
}

static enum err
purge_auth_codes(struct store *s, void *arg)
{
	struct purge *p = arg;

	return auth_code_purge(s, p->now_ms - HOUR_MS, BATCH_ROWS, &p->deleted);
}

static enum err
purge_access_tokens(struct store *s, void *arg)
{
	struct purge *p = arg;

	return access_token_purge(s, p->now_ms, BATCH_ROWS, &p->deleted);
}

static enum err
purge_refresh_tokens(struct store *s, void *arg)
{
	struct purge *p = arg;

	return refresh_token_purge(s, p->now_ms, BATCH_ROWS, &p->deleted);
}

static enum err
purge_families(struct store *s, void *arg)
{
	struct purge *p = arg;

	enum err e =
		family_purge(s, &p->h->family_walk, p->now_ms - HOUR_MS, BATCH_ROWS, &p->deleted);

	p->more = !id_is_zero(p->h->family_walk);
	return e;
}

static enum err
purge_registrations(struct store *s, void *arg)
{
	struct purge *p = arg;
	int64_t ttl_ms = p->h->server->config->registration_unused_ttl_s * MS_PER_S;

	return registration_purge(s, p->now_ms - ttl_ms, BATCH_ROWS, &p->deleted);
}

static enum err
purge_audit_log(struct store *s, void *arg)
{
	struct purge *p = arg;
	int64_t retention_ms = p->h->server->config->audit_retention_s * MS_PER_S;

	return audit_log_purge(s, p->now_ms - retention_ms, BATCH_ROWS, &p->deleted);
}

static enum err
purge_signing_keys(struct store *s, void *arg)
{
	struct purge *p = arg;

	p->deleted = 0;
	return signing_key_purge(s, p->now_ms);
}

/* To add a table that expires: a function above, a row here. */
static const struct {
	const char *what;
	store_change *change;
} purges[] = {
	{"sessions", purge_sessions},
	{"authorize_requests", purge_authorize_requests},
	{"device_codes", purge_device_codes},
	{"auth_codes", purge_auth_codes},
	{"access_tokens", purge_access_tokens},
	{"refresh_tokens", purge_refresh_tokens},
	{"families", purge_families},
	{"registrations", purge_registrations},
	{"audit_log", purge_audit_log},
	{"signing_keys", purge_signing_keys},
};

static bool
is_stopping(struct housekeeping *h)
{
	bool stopping;

	(void)pthread_mutex_lock(&h->mutex);
	stopping = h->stopping;
	(void)pthread_mutex_unlock(&h->mutex);
	return stopping;
}

static void
purge_table(struct housekeeping *h, size_t i)
{
	struct purge p = {.h = h, .now_ms = clock_now_ms()};
	int64_t total = 0;

	for (int batch = 0; batch < BATCHES_MAX && !is_stopping(h); batch++) {
		enum err e = work_change(h->server, purges[i].change, &p);

		if (e) {
			log_warning("purging failed", log_c("table", purges[i].what),
				log_c("error", err_name(e)));
			return;
		}
		total += p.deleted;
		if (p.deleted < BATCH_ROWS && !p.more)
			break;
	}
	if (total)
		log_debug("purged", log_c("table", purges[i].what), log_i64("rows", total));
}

/* ---- signing keys ---- */

static enum err
take_step(struct housekeeping *h, struct arena *arena, enum key_alg alg, enum key_step step)
{
	struct context cx = {.arena = arena, .config = h->server->config, .now_ms = clock_now_ms()};
	struct key_change change;
	enum err e;

	if ((e = keys_prepare(&cx, alg, step, &change)))
		return e;
	if ((e = work_change(h->server, keys_store, &change)))
		return e == ERR_RACE ? OK : e;
	log_info(step == KEY_STEP_PROMOTE ? "signing key promoted" : "signing key made",
		log_c("alg", key_alg_name(alg)), log_str("kid", change.row.kid));
	return OK;
}

/* Exchanges in flight go on with the issuer they began with: it stays linked to
 * the new one.  Keys change a few times a year. */
static enum err
load_issuer(struct housekeeping *h)
{
	struct issuer *issuer;
	struct diag diag = {""};
	enum err e = issuer_open(h->server->config, h->store, clock_now_ms(), &issuer, &diag);

	if (e) {
		health_set(&h->server->health, HEALTH_KEYS, "the signing keys cannot be used",
			diag.text);
		return e;
	}
	health_set(&h->server->health, HEALTH_KEYS, NULL, "");
	issuer->previous = atomic_load(&h->server->issuer);
	atomic_store(&h->server->issuer, issuer);
	return OK;
}

static enum err
tend_keys(struct housekeeping *h, struct arena *arena)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	enum key_alg algs[2];
	size_t n = keys_algorithms(h->server->config, algs);
	size_t count;
	enum err e;

	for (size_t i = 0; i < n; i++) {
		enum key_step step;

		if ((e = signing_key_list(h->store, arena, rows, &count)))
			return e;
		step = keys_due(h->server->config, algs[i], rows, count, clock_now_ms());
		if (step != KEY_STEP_NONE && (e = take_step(h, arena, algs[i], step)))
			return e;
	}
	if ((e = signing_key_list(h->store, arena, rows, &count)))
		return e;
	if (!digest_eq(issuer_version(rows, count), atomic_load(&h->server->issuer)->version))
		return load_issuer(h);
	return OK;
}

/* ---- logout tokens ---- */

/* One after the other, so that a slow client costs the others a few seconds and
 * no thread. */
static void
send_logout_tokens(struct housekeeping *h)
{
	struct arena arena = {0};
	enum err e = OK;

	while (!e && !is_stopping(h)) {
		struct context cx = {
			.arena = &arena,
			.config = h->server->config,
			.issuer = atomic_load(&h->server->issuer),
			.store = h->store,
			.now_ms = clock_now_ms(),
		};
		store_change *change;
		void *arg;

		if (!(e = logout_send_due(&cx, &change, &arg)))
			e = work_change(h->server, change, arg);
		arena_reset(&arena);
	}
	arena_free(&arena);
	if (e && e != ERR_NO_ROW)
		log_warning("sending logout tokens failed", log_c("error", err_name(e)));
}

/* ---- the thread ---- */

static void
do_round(struct housekeeping *h)
{
	struct arena arena = {0};
	enum err e = tend_keys(h, &arena);

	if (e)
		log_warning("tending the signing keys failed", log_c("error", err_name(e)));
	for (size_t i = 0; i < countof(purges); i++)
		purge_table(h, i);
	arena_free(&arena);
}

static void
sleep_until_due(struct housekeeping *h)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += TICK_S;
	(void)pthread_mutex_lock(&h->mutex);
	while (!h->stopping && !pthread_cond_timedwait(&h->wake, &h->mutex, &until))
		;
	(void)pthread_mutex_unlock(&h->mutex);
}

static void *
keep_house(void *arg)
{
	struct housekeeping *h = arg;

	(void)pthread_setname_np(pthread_self(), "housekeeping");
	for (unsigned tick = 0; !is_stopping(h); tick++) {
		if (tick % TICKS_PER_ROUND == 0)
			do_round(h);
		send_logout_tokens(h);
		sleep_until_due(h);
	}
	return NULL;
}

static void
init_waiting(struct housekeeping *h)
{
	pthread_condattr_t attr;

	(void)pthread_mutex_init(&h->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&h->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
}

enum err
housekeeping_start(struct server *server, struct housekeeping **ret, struct diag *diag)
{
	struct housekeeping *h = xcalloc(1, sizeof *h);
	enum err e;

	h->server = server;
	if ((e = store_open(&server->store, &h->store, diag))) {
		free(h);
		return e;
	}
	init_waiting(h);
	if (pthread_create(&h->thread, NULL, keep_house, h)) {
		store_close(h->store);
		free(h);
		return diag_set(diag, ERR_UNAVAILABLE, "cannot start the housekeeping thread");
	}
	*ret = h;
	return OK;
}

void
housekeeping_stop(struct housekeeping *h)
{
	if (!h)
		return;
	(void)pthread_mutex_lock(&h->mutex);
	h->stopping = true;
	(void)pthread_cond_signal(&h->wake);
	(void)pthread_mutex_unlock(&h->mutex);
	(void)pthread_join(h->thread, NULL);
	(void)pthread_cond_destroy(&h->wake);
	(void)pthread_mutex_destroy(&h->mutex);
	store_close(h->store);
	free(h);
}
