/* What a server does by itself: signing keys, purges, logout tokens. */
#include "server/keep/chore.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/oauth/keys.h"
#include "lib/store/logout_notice.h"
#include "server/engine/work.h"
#include "server/keep/census.h"
#include "server/keep/notices.h"
#include "server/keep/room.h"
#include "server/keep/trail.h"
#include "server/server.h"

/* ---- signing keys ---- */

static enum err
take_step(const struct chore_call *c, enum key_alg alg, enum key_step step)
{
	struct context cx = {
		.arena = c->arena, .config = server_config(c->server), .now_ms = clock_now_ms()};
	struct key_change change;
	enum err e;

	if ((e = keys_prepare(&cx, alg, step, &change)))
		return e;
	if ((e = work_change(c->server, keys_store, &change)))
		return e == ERR_RACE ? OK : e;
	log_info(step == KEY_STEP_PROMOTE ? "signing key promoted"
		 : step == KEY_STEP_REDATE
			 ? "signing key was dated in the future: its lifetime starts now"
			 : "signing key made",
		log_c("alg", key_alg_name(alg)), log_str("kid", change.row.kid));
	return OK;
}

/* Exchanges in flight go on with the issuer they began with: it stays linked to
 * the new one.  Keys change a few times a year. */
static enum err
replace_issuer(const struct chore_call *c)
{
	struct issuer *issuer;
	struct diag diag = {""};
	enum err e =
		issuer_open(server_config(c->server), c->store, clock_now_ms(), &issuer, &diag);

	if (e) {
		health_set(&c->server->health, HEALTH_KEYS, "the signing keys cannot be used",
			diag.text);
		return e;
	}
	health_set(&c->server->health, HEALTH_KEYS, NULL, "");
	issuer->previous = atomic_load(&c->server->issuer);
	atomic_store(&c->server->issuer, issuer);
	return OK;
}

static enum err
refresh_issuer(const struct chore_call *c, bool *ret_changed)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	size_t count;
	enum err e = signing_key_list(c->store, c->arena, rows, &count);

	if (e)
		return e;
	*ret_changed =
		!digest_eq(issuer_version(rows, count), atomic_load(&c->server->issuer)->version);
	return *ret_changed ? replace_issuer(c) : OK;
}

/* What another node, or the administration here, has made of the keys. */
static enum err
load_keys(const struct chore_call *c)
{
	struct metrics_shard *m = metrics_shard(c->server->metrics, METRICS_SHARED);
	bool changed = false;
	enum err e = refresh_issuer(c, &changed);

	if (e)
		metrics_count(m, METRIC_CACHE_ERRORS, LABEL_CACHE_KEYS);
	else
		metrics_count(
			m, changed ? METRIC_CACHE_MISSES : METRIC_CACHE_HITS, LABEL_CACHE_KEYS);
	return e;
}

static enum err
tend_keys(const struct chore_call *c)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	enum key_alg algs[2];
	size_t n = keys_algorithms(server_config(c->server), algs);
	size_t count;
	enum err e;

	for (size_t i = 0; i < n; i++) {
		enum key_step step;

		if ((e = signing_key_list(c->store, c->arena, rows, &count)))
			return e;
		step = keys_due(server_config(c->server), algs[i], rows, count, clock_now_ms());
		if (step != KEY_STEP_NONE && (e = take_step(c, algs[i], step)))
			return e;
	}
	return load_keys(c);
}

/* A first start waits for no election, because requests wait for its keys
 * (ROUTE_KEYS): of several nodes one stores what it made, the others load that. */
static enum err
complete_keys(const struct chore_call *c)
{
	return issuer_is_complete(atomic_load(&c->server->issuer)) ? OK : tend_keys(c);
}

/* ---- logout tokens ---- */

static enum err
send_logout_tokens(const struct chore_call *c)
{
	enum err e;

	if (!chore_is_elected(c))
		return OK;
	if (!(e = logout_notice_is_due(c->store, clock_now_ms())))
		notices_wake(c->server->notices);
	return e == ERR_NO_ROW ? OK : e;
}

/* ---- purging: lib/oauth/purge.h ---- */

static void
count_timeouts(const struct chore_call *c, int64_t rows)
{
	metrics_add(metrics_shard(c->server->metrics, METRICS_SHARED), METRIC_SESSIONS_ENDED,
		LABEL_ENDED_TIMEOUT, rows);
}

/* ---- */

/* clang-format off */
const struct chore chores[] = {
	{"make the first keys",      .period_s = 1,  CHORE_HERE,    .run = complete_keys},
	{"load signing keys",        .period_s = 10, CHORE_HERE,    .run = load_keys, .on_notice = true},
	{"forget others' counts",    .period_s = 1,  CHORE_HERE,    .run = census_forget},
	{"send logout tokens",       .period_s = 1,  CHORE_HERE,    .run = send_logout_tokens},
	{"count for the gauges",     .period_s = 1,  CHORE_ELECTED, .run = census_step},
	{"make room among strangers' rows", .period_s = 1, CHORE_HERE, .run = room_step},
	{"tend signing keys",        .period_s = 30, CHORE_ELECTED, .run = tend_keys},
	{"purge sessions",           .period_s = 30, CHORE_ELECTED, .purge = purge_sessions, .purged = count_timeouts},
	{"purge invitations",        .period_s = 30, CHORE_ELECTED, .purge = purge_invitations},
	{"purge authorize_requests", .period_s = 30, CHORE_ELECTED, .purge = purge_authorize_requests},
	{"purge device_codes",       .period_s = 30, CHORE_ELECTED, .purge = purge_device_codes},
	{"purge auth_codes",         .period_s = 30, CHORE_ELECTED, .purge = purge_auth_codes},
	{"purge access_tokens",      .period_s = 30, CHORE_ELECTED, .purge = purge_access_tokens},
	{"purge refresh_tokens",     .period_s = 30, CHORE_ELECTED, .purge = purge_refresh_tokens},
	{"purge families",           .period_s = 30, CHORE_ELECTED, .purge = purge_families},
	{"purge registrations",      .period_s = 30, CHORE_ELECTED, .purge = purge_registrations},
	{"write audit notes",        .period_s = 1,  CHORE_HERE,    .run = trail_write_notes},
	{"sign audit chain",         .period_s = 60, CHORE_HERE,    .run = trail_sign},
	{"purge audit_log",          .period_s = 30, CHORE_ELECTED, .purge = purge_audit_log},
	{"purge signing_keys",       .period_s = 30, CHORE_ELECTED, .purge = purge_signing_keys},
};
/* clang-format on */
const size_t chores_count = countof(chores);
