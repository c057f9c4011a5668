/* What is in the database, and whether it can be worked with. */
#include "lib/doctor/doctor.h"

#include "lib/account/seed.h"
#include "lib/base/clock.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/keys.h"
#include "lib/store/client.h"
#include "lib/store/database_clock.h"
#include "lib/store/migrate.h"
#include "lib/store/user.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SKEW_WARN_MS = 2 * MS_PER_S, SKEW_FAIL_MS = 30 * MS_PER_S };

#define DAY_MS (86400 * INT64_C(1000))
/* When this was written: no clock that is right shows less. */
#define EPOCH_MS (INT64_C(1764028800) * MS_PER_S)

void
doctor_database(struct doctor *d)
{
	struct diag diag = {""};

	if (store_open(&d->setup, &d->store, &diag))
		doctor_say(d, FINDING_FAIL,
			"a first start of the server makes it; else check database.dsn, and run "
			"this as the "
			"user of the server",
			"%s", diag.text);
	else
		doctor_say(d, FINDING_OK, "", "%.*s answers", STR_ARG(d->config->database_driver));
}

void
doctor_schema(struct doctor *d)
{
	struct diag diag = {""};

	if (!d->store)
		return;
	if (migrate_verify(&d->setup, &diag))
		doctor_say(d, FINDING_FAIL,
			"a start of the server migrates by itself; or authgate migrate status",
			"%s", diag.text);
	else
		doctor_say(d, FINDING_OK, "", "is that of this program");
}

/* Only the database of a server that has never started is without people. */
void
doctor_first_start(struct doctor *d)
{
	const char *file = doctor_database_file(d);
	bool is_missing = file && access(file, F_OK);
	struct diag diag = {""};
	int64_t users = 0;
	int version = 0;

	if (!is_missing && migrate_version(&d->setup, &version, &diag))
		return;
	if (version && (!d->store || user_count(d->store, &users) || users))
		return;
	if (seed_judge(d->config, &diag))
		doctor_say(d, FINDING_FAIL, "", "the first start would stop: %s", diag.text);
	else
		doctor_say(d, FINDING_OK, "", "the first password has a place");
}

/* What changes nothing, but has to be written. */
void
doctor_writing(struct doctor *d)
{
	struct store_setup setup = d->setup;
	struct store *store = NULL;
	struct diag diag = {""};
	enum err e;

	if (!d->store)
		return;
	setup.writer = true;
	if (store_open(&setup, &store, &diag))
		doctor_say(d, FINDING_FAIL, "", "%s", diag.text);
	else if ((e = store_transaction(store, migrate_probe_writing, NULL)) && e != ERR_NO_ROW)
		doctor_say(d, FINDING_FAIL, "see /readyz and the log of the server", "%s",
			store_error(store));
	else
		doctor_say(d, FINDING_OK, "", "the database takes changes");
	store_close(store);
}

void
doctor_integrity(struct doctor *d)
{
	if (d->store && d->integrity)
		d->integrity(d);
}

static bool
is_from_the_future(struct doctor *d, int64_t now_ms)
{
	const char *file = doctor_database_file(d);
	struct stat st;

	return file && !stat(file, &st) &&
	       (int64_t)st.st_mtim.tv_sec * MS_PER_S > now_ms + SKEW_FAIL_MS;
}

void
doctor_clock(struct doctor *d)
{
	static const char advice[] = "run a time service: timedatectl set-ntp true";
	int64_t now_ms = clock_now_ms(), theirs_ms = now_ms, skew_ms;

	if (d->store && database_clock(d->store, &theirs_ms))
		theirs_ms = now_ms;
	skew_ms = llabs(theirs_ms - now_ms);
	if (now_ms < EPOCH_MS)
		doctor_say(d, FINDING_FAIL, advice, "the clock of this machine is far behind");
	else if (is_from_the_future(d, now_ms))
		doctor_say(d, FINDING_FAIL, advice,
			"the database was written later than now: the clock went back");
	else if (skew_ms >= SKEW_WARN_MS)
		doctor_say(d, skew_ms >= SKEW_FAIL_MS ? FINDING_FAIL : FINDING_WARN, advice,
			"the clock of the database differs by %lld s",
			(long long)(skew_ms / MS_PER_S));
	else
		doctor_say(d, FINDING_OK, "", "%s",
			d->store ? "agrees with that of the database" : "looks right");
}

/* ---- signing keys ---- */

static const struct signing_key *
active_key(const struct signing_key *rows, size_t count, enum key_alg alg)
{
	for (size_t i = 0; i < count; i++)
		if (str_is(rows[i].alg, key_alg_name(alg)) && str_is(rows[i].state, "active"))
			return &rows[i];
	return NULL;
}

static void
say_key(struct doctor *d, const struct signing_key *row)
{
	int64_t age_ms = clock_now_ms() - row->created_ms;
	int64_t life_ms = d->config->key_rotation_s * MS_PER_S;
	struct diag diag = {""};
	struct key *key = NULL;

	if (keys_open(&d->arena, d->config, row, &key, &diag))
		doctor_say(d, FINDING_FAIL, "", "%s", diag.text);
	else if (keys_is_from_future(row, clock_now_ms()))
		doctor_say(d, FINDING_WARN,
			"see that the clock is right now; a running server dates the key anew "
			"within "
			"the hour, and until then does not rotate it",
			"the %.*s key is from the future, by %lld days: it was made while the "
			"clock "
			"was wrong",
			STR_ARG(row->alg), (long long)(-age_ms / DAY_MS));
	else if (life_ms && age_ms > life_ms + 2 * DAY_MS)
		doctor_say(d, FINDING_WARN, "see the log of the server for what keeps it",
			"the %.*s key should have been followed by another: it is %lld days old",
			STR_ARG(row->alg), (long long)(age_ms / DAY_MS));
	else
		doctor_say(d, FINDING_OK, "", "%.*s signs, %lld days old", STR_ARG(row->alg),
			(long long)(age_ms / DAY_MS));
	key_free(key);
}

/* Of clients that leave it to the server, it is that of access tokens, if people can verify it. */
void
doctor_id_tokens(struct doctor *d)
{
	bool own_is_es256 = issuer_algorithm(d->config) == KEY_ES256;
	int64_t rs256 = 0, es256 = 0, any = 0;

	if (!d->store || client_count_by_id_token_alg(d->store, STR("RS256"), &rs256) ||
		client_count_by_id_token_alg(d->store, STR("ES256"), &es256) ||
		client_count_by_id_token_alg(d->store, STR_NONE, &any))
		return;
	*(own_is_es256 ? &es256 : &rs256) += any;
	doctor_say(d, FINDING_OK, "",
		"RS256 for %lld clients, at four times the processor time; ES256 for %lld",
		(long long)rs256, (long long)es256);
}

void
doctor_keys(struct doctor *d)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	enum key_alg algs[2];
	size_t n = keys_algorithms(d->config, algs), count = 0;

	if (!d->store || signing_key_list(d->store, &d->arena, rows, &count))
		return;
	for (size_t i = 0; i < n; i++) {
		const struct signing_key *row = active_key(rows, count, algs[i]);

		if (row)
			say_key(d, row);
		else
			doctor_say(d, FINDING_WARN, "start the server: it makes one",
				"there is no %s key yet", key_alg_name(algs[i]));
	}
}
