/*
 * Cases for --refresh-storm: many processes of one sign-in whose access token has ended, as the
 * shells of a developer, or the workers of a job.  They share what is kept, and not a lock: all
 * send the same refresh token at the same moment.  Some lose the answer and send it again, some are
 * killed while they wait and start again with what is kept by then, and the server may be
 * restarted meanwhile.  All of them are honest, so none may be signed out.
 *
 * What is kept is memory that the processes share; each writes its own slot only.
 */
#include "clients/bootclock.h"
#include "lib/base/clock.h"
#include "lib/crypto/random.h"
#include "probe/case.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	PROCESSES = 50,
	ROUNDS = 4,
	TOKEN_MAX = 4096,
	LOSES_ANSWER = 5, /* one in so many */
	IS_KILLED = 10,
	LOST_AFTER_MS = 60,
	PAUSE_MS = 200,
	PATIENCE_MS = 40 * MS_PER_S,
	STARTED_AGAIN = 77, /* exit status of one that was killed */
};

enum fate { FATE_UNKNOWN, FATE_RENEWED, FATE_SIGNED_OUT, FATE_NO_ANSWER };

struct slot {
	char token[TOKEN_MAX]; /* the refresh token that was answered */
	volatile int fate;
	int requests;
	int lost;
};

/* One round, as the processes see it. */
struct storm_round {
	struct probe *probe;
	struct slot *slots;
	struct str token;
	int gate[2]; /* closed at the other end: go */
};

/* ---- one process ---- */

/* Somebody else has renewed it meanwhile: what is kept is good again. */
static const struct slot *
find_kept(const struct storm_round *r)
{
	for (int i = 0; i < PROCESSES; i++)
		if (r->slots[i].fate == FATE_RENEWED)
			return &r->slots[i];
	return NULL;
}

static void
keep(struct slot *slot, struct str token, enum fate fate)
{
	size_t n = token.n < TOKEN_MAX ? token.n : TOKEN_MAX - 1;

	memcpy(slot->token, str_bytes(token), n);
	slot->token[n] = 0;
	__sync_synchronize();
	slot->fate = (int)fate;
}

/* One request; false if there was no answer that says anything. */
static bool
renew(const struct storm_round *r, struct slot *slot, int64_t timeout_ms)
{
	struct probe *p = r->probe;
	struct fetch_request request = {
		.url = p->token_endpoint,
		.form = probe_form(p, "refresh_token", "refresh_token", r->token),
		.ca_file = p->options->ca_file,
		.timeout_ms = timeout_ms,
	};
	struct fetch_reply reply;
	struct json *json = NULL;
	bool is_told = false;

	client_identity_sign(&p->options->client, p->arena, &request);
	slot->requests++;
	if (fetch(p->arena, &request, &reply, NULL)) {
		slot->lost++;
		return false;
	}
	if (json_parse_foreign(reply.body, TOKEN_ANSWER_MAX, &json, NULL))
		return false;
	if (reply.status == 200) {
		/* None in the answer: the old one stays (RFC 6749 section 6). */
		struct str token = json_get_str(json, "refresh_token");

		keep(slot, token.n ? token : r->token, FATE_RENEWED);
		is_told = true;
	} else if (reply.status < 500 && reply.status != 429) {
		keep(slot, STR_NONE, FATE_SIGNED_OUT);
		is_told = true;
	}
	json_free(json);
	return is_told;
}

static int64_t
short_time_ms(void)
{
	uint32_t ms = 0;

	return random_below(LOST_AFTER_MS, &ms) ? LOST_AFTER_MS : 1 + (int64_t)ms;
}

static void
pause_ms(long ms)
{
	const struct timespec t = {ms / MS_PER_S, (ms % MS_PER_S) * 1000000};

	(void)nanosleep(&t, NULL);
}

/* Never returns.  is_again: it was killed before, and reads what is kept first. */
static void
be_process(const struct storm_round *r, int i, bool is_again)
{
	int64_t until_ms = client_bootclock_ms() + PATIENCE_MS;
	struct slot *slot = &r->slots[i];
	const struct slot *kept;
	char byte;

	(void)close(r->gate[1]);
	(void)!read(r->gate[0], &byte, 1);
	if (!is_again && i % LOSES_ANSWER == 0 && !renew(r, slot, short_time_ms()) &&
		i % IS_KILLED == 0)
		_exit(STARTED_AGAIN);
	while (slot->fate == FATE_UNKNOWN) {
		if (slot->requests && (kept = find_kept(r)))
			keep(slot, str_of(kept->token), FATE_RENEWED);
		else if (!renew(r, slot, FETCH_TIMEOUT_MS))
			pause_ms(PAUSE_MS);
		if (client_bootclock_ms() > until_ms)
			slot->fate = FATE_NO_ANSWER;
	}
	_exit(0);
}

/* ---- all of them ---- */

static pid_t
start(const struct storm_round *r, int i, bool is_again)
{
	pid_t child = fork();

	if (!child)
		be_process(r, i, is_again);
	return child;
}

/* Waits for one; starts it again if it was killed. */
static void
wait_for(const struct storm_round *r, struct probe_storm *storm, pid_t children[], int i)
{
	int status = 0;

	while (children[i] > 0) {
		pid_t ended = waitpid(children[i], &status, WNOHANG);

		if (!ended) {
			probe_sleep_until(r->probe, client_bootclock_ms() + 5);
			if (r->probe->is_cancelled)
				(void)kill(children[i], SIGKILL);
			continue;
		}
		children[i] = 0;
		if (ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == STARTED_AGAIN) {
			storm->restarts++;
			children[i] = start(r, i, true);
		}
	}
}

static bool
open_round(struct probe *p, struct str token, struct storm_round *ret)
{
	size_t size = PROCESSES * sizeof(struct slot);
	void *slots = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (slots == MAP_FAILED)
		return false;
	*ret = (struct storm_round){.probe = p, .slots = slots, .token = token};
	if (!pipe(ret->gate))
		return true;
	(void)munmap(slots, size);
	return false;
}

static void
close_round(struct storm_round *r)
{
	(void)close(r->gate[0]);
	(void)munmap(r->slots, PROCESSES * sizeof(struct slot));
}

/* Different tokens among those that were answered, but for the one that was sent. */
static int64_t
count_successors(const struct storm_round *r)
{
	int64_t count = 0;

	for (int i = 0; i < PROCESSES; i++) {
		bool is_new = r->slots[i].fate == FATE_RENEWED &&
			      !str_eq(str_of(r->slots[i].token), r->token);

		for (int k = 0; k < i && is_new; k++)
			is_new = r->slots[k].fate != FATE_RENEWED ||
				 strcmp(r->slots[i].token, r->slots[k].token) != 0;
		count += is_new;
	}
	return count;
}

static void
sum_up(struct storm_round *r, struct probe_storm *storm)
{
	storm->rounds++;
	storm->successors += count_successors(r);
	for (int i = 0; i < PROCESSES; i++) {
		storm->requests += r->slots[i].requests;
		storm->lost_replies += r->slots[i].lost;
		storm->sign_outs += r->slots[i].fate == FATE_SIGNED_OUT;
		storm->unanswered +=
			r->slots[i].fate == FATE_NO_ANSWER || r->slots[i].fate == FATE_UNKNOWN;
	}
}

/* The token that is kept afterwards; empty if everybody was signed out. */
static struct str
run_round(struct probe *p, struct str token)
{
	pid_t children[PROCESSES];
	const struct slot *kept;
	struct storm_round r;

	if (!open_round(p, token, &r))
		return STR_NONE;
	for (int i = 0; i < PROCESSES; i++)
		children[i] = start(&r, i, false);
	(void)close(r.gate[1]);
	for (int i = 0; i < PROCESSES; i++)
		wait_for(&r, p->storm, children, i);
	sum_up(&r, p->storm);
	kept = find_kept(&r);
	token = kept ? str_copy(p->arena, str_of(kept->token)) : STR_NONE;
	close_round(&r);
	return token;
}

/* ---- the cases ---- */

static bool
asks_to_last(struct str scope)
{
	STR_EACH (word, scope)
		if (str_is(word, "offline_access"))
			return true;
	return false;
}

enum probe_result
probe_storm_begin(struct probe *p)
{
	struct wire w = {.url = p->device_endpoint};
	struct str scope = p->options->scope;
	enum probe_result decided;
	struct answer a;
	struct code c;

	if (!asks_to_last(scope))
		scope = str_printf(
			p->arena, "%.*s%soffline_access", STR_ARG(scope), scope.n ? " " : "");
	w.form = probe_form(p, NULL, "scope", scope);
	probe_ask(p, &w, &a);
	if (!probe_code_read(&a, &c))
		return probe_fail(
			p, "a request for a code was answered with %s", probe_words(p, &a));
	if ((decided = probe_decide(p, &c, true)) != PROBE_PASS)
		return decided;
	probe_poll_until_decided(p, &c, 3, &a);
	if (a.status != 200 || !a.json)
		return probe_fail(p, "an approved code: %s", probe_words(p, &a));
	p->first_refresh = p->last_refresh = json_get_str(a.json, "refresh_token");
	if (!p->first_refresh.n)
		return probe_skip(p, "the server gave no refresh token for %.*s",
			STR_ARG(probe_clean(p, scope)));
	p->storm = arena_new(p->arena, struct probe_storm);
	p->storm->processes = PROCESSES;
	p->storm->families = 1;
	return probe_pass(p);
}

enum probe_result
probe_storm_honest(struct probe *p)
{
	if (!p->storm)
		return probe_skip(p, "there is no refresh token");
	for (int i = 0; i < ROUNDS && p->last_refresh.n && !p->is_cancelled; i++)
		p->last_refresh = run_round(p, p->last_refresh);
	if (p->storm->sign_outs)
		return probe_fail(p,
			"%lld of %lld uses of a refresh token by honest processes ended in "
			"a sign-out",
			(long long)p->storm->sign_outs,
			(long long)p->storm->rounds * p->storm->processes);
	if (p->storm->unanswered)
		return probe_fail(
			p, "%lld processes got no answer", (long long)p->storm->unanswered);
	return probe_pass(p);
}

/* Two successors of one token would be two sign-ins that nobody can tell apart. */
enum probe_result
probe_storm_one_successor(struct probe *p)
{
	if (!p->storm)
		return probe_skip(p, "there is no refresh token");
	if (p->storm->successors > p->storm->rounds)
		return probe_fail(p,
			"%lld tokens that were used at the same moment have %lld successors",
			(long long)p->storm->rounds, (long long)p->storm->successors);
	return probe_pass(p);
}

/* A server that is just being restarted is waited for. */
static void
send_refresh(struct probe *p, struct str token, struct answer *ret)
{
	const struct wire w = {
		.url = p->token_endpoint,
		.form = probe_form(p, "refresh_token", "refresh_token", token),
	};
	int64_t until_ms = client_bootclock_ms() + PATIENCE_MS;

	probe_ask(p, &w, ret);
	while ((!ret->status || ret->status == 503) && !p->is_cancelled &&
		client_bootclock_ms() < until_ms) {
		probe_sleep_until(p, client_bootclock_ms() + PAUSE_MS);
		probe_ask(p, &w, ret);
	}
}

enum probe_result
probe_storm_alive(struct probe *p)
{
	struct answer a;

	if (!p->storm || !p->last_refresh.n)
		return probe_skip(p, "no refresh token is left");
	send_refresh(p, p->last_refresh, &a);
	if (a.status != 200 || !a.json)
		return probe_fail(p, "after the storm: %s", probe_words(p, &a));
	if (json_get_str(a.json, "refresh_token").n)
		p->last_refresh = json_get_str(a.json, "refresh_token");
	return probe_pass(p);
}

/* RFC 9700 section 4.14.2: with rotation, the first token is somebody else's copy by now. */
enum probe_result
probe_storm_theft(struct probe *p)
{
	struct answer a;

	if (!p->storm || !p->last_refresh.n)
		return probe_skip(p, "no refresh token is left");
	if (str_eq(p->first_refresh, p->last_refresh))
		return probe_skip(p, "refresh tokens of this client do not change");
	send_refresh(p, p->first_refresh, &a);
	if (a.status == 200)
		return probe_fail(p, "a refresh token works whose successor has long been used");
	send_refresh(p, p->last_refresh, &a);
	if (a.status == 200)
		return probe_fail(p, "a copied refresh token was used, and the sign-in goes on");
	return probe_expect_error(p, &a, "invalid_grant");
}
