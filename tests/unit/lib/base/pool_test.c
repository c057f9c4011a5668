#include "lib/base/ipaddr.h"
#include "lib/base/pool.h"
#include "tests/support/check.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* A gate that workers stop at, so that a test decides when jobs run. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;
	size_t inside; /* batches that have come to the gate */
	size_t done;   /* jobs that have gone through */
	size_t largest;
	size_t order[64];
};

struct numbered {
	struct job job;
	size_t number;
};

static void
gate_init(struct gate *g, bool open)
{
	*g = (struct gate){.open = open};
	(void)pthread_mutex_init(&g->lock, NULL);
	(void)pthread_cond_init(&g->changed, NULL);
}

static void
run_at_gate(void *state, struct job *jobs[], size_t count)
{
	struct gate *g = state;

	(void)pthread_mutex_lock(&g->lock);
	g->inside++;
	(void)pthread_cond_broadcast(&g->changed);
	while (!g->open)
		(void)pthread_cond_wait(&g->changed, &g->lock);
	g->largest = count > g->largest ? count : g->largest;
	for (size_t i = 0; i < count; i++, g->done++)
		if (g->done < countof(g->order))
			g->order[g->done] = ((struct numbered *)(void *)jobs[i])->number;
	(void)pthread_mutex_unlock(&g->lock);
}

static void
wait_inside(struct gate *g, size_t count)
{
	(void)pthread_mutex_lock(&g->lock);
	while (g->inside < count)
		(void)pthread_cond_wait(&g->changed, &g->lock);
	(void)pthread_mutex_unlock(&g->lock);
}

static void
open_gate(struct gate *g)
{
	(void)pthread_mutex_lock(&g->lock);
	g->open = true;
	(void)pthread_cond_broadcast(&g->changed);
	(void)pthread_mutex_unlock(&g->lock);
}

static void
test_full_queue_says_so_at_once(void **state)
{
	struct numbered jobs[6] = {0};
	struct gate g;
	struct pool_setup setup = {.name = "test", .threads = 1, .limit = 3, .batch = 1};
	struct pool *p;

	(void)state;
	gate_init(&g, false);
	setup.run = run_at_gate;
	setup.context = &g;
	assert_ok(pool_start(&setup, &p));
	assert_ok(pool_submit(p, &jobs[0].job));
	wait_inside(&g, 1);
	for (size_t i = 1; i <= 3; i++)
		assert_ok(pool_submit(p, &jobs[i].job));
	assert_int_equal(pool_waiting(p), 3);
	assert_err(pool_submit(p, &jobs[4].job), ERR_BUSY);
	assert_int_equal(pool_waiting(p), 3);
	open_gate(&g);
	wait_inside(&g, 4);
	assert_ok(pool_submit(p, &jobs[5].job));
	pool_stop(p);
	assert_int_equal(g.done, 5);
}

static void
test_jobs_run_in_order_in_batches(void **state)
{
	struct numbered jobs[40] = {0};
	struct gate g;
	struct pool_setup setup = {.name = "test", .threads = 1, .limit = 100, .batch = 8};
	struct pool *p;

	(void)state;
	gate_init(&g, false);
	setup.run = run_at_gate;
	setup.context = &g;
	assert_ok(pool_start(&setup, &p));
	for (size_t i = 0; i < countof(jobs); i++) {
		jobs[i].number = i;
		assert_ok(pool_submit(p, &jobs[i].job));
	}
	open_gate(&g);
	pool_stop(p);
	assert_int_equal(g.done, countof(jobs));
	assert_int_equal(g.largest, 8);
	for (size_t i = 0; i < countof(jobs); i++)
		assert_int_equal(g.order[i], i);
}

static void *
stop(void *pool)
{
	pool_stop(pool);
	return NULL;
}

static void
test_stop_finishes_what_is_queued(void **state)
{
	static struct numbered jobs[501];
	struct gate g;
	struct pool_setup setup = {.name = "test", .threads = 3, .limit = 600, .batch = 4};
	struct pool *p;
	pthread_t stopper;

	(void)state;
	gate_init(&g, false);
	setup.run = run_at_gate;
	setup.context = &g;
	assert_ok(pool_start(&setup, &p));
	for (size_t i = 0; i < 500; i++)
		assert_ok(pool_submit(p, &jobs[i].job));
	assert_int_equal(pthread_create(&stopper, NULL, stop, p), 0);
	open_gate(&g);
	(void)pthread_join(stopper, NULL);
	assert_int_equal(g.done, 500);
}

struct refused {
	struct pool *pool;
	struct job late;
	atomic_int seen;
};

/* Submits to its own pool until that refuses, as it does once it stops. */
static void
submit_until_refused(void *state, struct job *jobs[], size_t count)
{
	struct refused *r = state;
	enum err e = pool_submit(r->pool, &r->late);

	(void)jobs;
	assert_int_equal(count, 1);
	if (e)
		atomic_store(&r->seen, (int)e);
}

static void
test_stopping_pool_takes_no_more(void **state)
{
	struct refused r = {.pool = NULL};
	struct pool_setup setup = {.name = "test", .threads = 1, .limit = 2, .batch = 1};
	struct job first;

	(void)state;
	setup.run = submit_until_refused;
	setup.context = &r;
	assert_ok(pool_start(&setup, &r.pool));
	assert_ok(pool_submit(r.pool, &first));
	pool_stop(r.pool);
	assert_int_equal(atomic_load(&r.seen), ERR_BUSY);
}

struct starts {
	atomic_int begun, ended;
	int fail_from; /* thread_start returns NULL from this one on */
};

static void *
begin(void *context)
{
	struct starts *s = context;

	return atomic_fetch_add(&s->begun, 1) >= s->fail_from ? NULL : s;
}

static void
end(void *state)
{
	(void)atomic_fetch_add(&((struct starts *)state)->ended, 1);
}

static void
test_every_thread_has_its_own_state(void **state)
{
	struct starts s = {.fail_from = 99};
	struct pool_setup setup = {.name = "test", .threads = 4, .limit = 1, .batch = 1};
	struct pool *p;

	(void)state;
	setup.thread_start = begin;
	setup.thread_end = end;
	setup.context = &s;
	assert_ok(pool_start(&setup, &p));
	assert_int_equal(atomic_load(&s.begun), 4);
	pool_stop(p);
	assert_int_equal(atomic_load(&s.ended), 4);
}

static void
test_one_failed_start_stops_all(void **state)
{
	struct starts s = {.fail_from = 2};
	struct pool_setup setup = {.name = "test", .threads = 4, .limit = 1, .batch = 1};
	struct pool *p = NULL;

	(void)state;
	setup.thread_start = begin;
	setup.thread_end = end;
	setup.context = &s;
	assert_err(pool_start(&setup, &p), ERR_UNAVAILABLE);
	assert_null(p);
	assert_int_equal(atomic_load(&s.ended), 2);
	pool_stop(NULL);
}

struct seen {
	char name[16];
	int nice;
	bool blocks_signals;
};

static void *
look(void *context)
{
	struct seen *s = context;
	sigset_t mask;

	(void)pthread_getname_np(pthread_self(), s->name, sizeof s->name);
	s->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	s->blocks_signals = sigismember(&mask, SIGTERM) == 1;
	return s;
}

static void
test_threads_are_named_nice_and_without_signals(void **state)
{
	struct seen s = {.nice = 0};
	struct pool_setup setup = {.name = "worker", .threads = 1, .limit = 1, .nice = 1};
	int mine = getpriority(PRIO_PROCESS, 0);
	struct pool *p;
	sigset_t mask;

	(void)state;
	setup.thread_start = look;
	setup.context = &s;
	assert_ok(pool_start(&setup, &p));
	pool_stop(p);
	assert_string_equal(s.name, "worker");
	assert_int_equal(s.nice, mine == 19 ? 19 : mine + 1);
	assert_true(s.blocks_signals);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	assert_int_equal(sigismember(&mask, SIGTERM), 0);
}

struct producer {
	struct pool *pool;
	struct numbered jobs[2000];
	size_t accepted;
};

static void *
produce(void *argument)
{
	struct producer *p = argument;

	for (size_t i = 0; i < countof(p->jobs); i++)
		p->accepted += pool_submit(p->pool, &p->jobs[i].job) == OK;
	return NULL;
}

static void
test_accepted_jobs_run_once_under_many_producers(void **state)
{
	static struct producer producers[4];
	struct gate g;
	struct pool_setup setup = {.name = "test", .threads = 3, .limit = 50, .batch = 3};
	pthread_t threads[countof(producers)];
	size_t accepted = 0;
	struct pool *p;

	(void)state;
	gate_init(&g, true);
	setup.run = run_at_gate;
	setup.context = &g;
	assert_ok(pool_start(&setup, &p));
	for (size_t i = 0; i < countof(producers); i++) {
		producers[i].pool = p;
		assert_int_equal(pthread_create(&threads[i], NULL, produce, &producers[i]), 0);
	}
	for (size_t i = 0; i < countof(producers); i++) {
		(void)pthread_join(threads[i], NULL);
		accepted += producers[i].accepted;
	}
	pool_stop(p);
	assert_true(accepted > 0);
	assert_int_equal(g.done, accepted);
}

struct rester {
	atomic_int rests;
	atomic_int jobs;
};

static int64_t
rest_three_times(void *state)
{
	struct rester *r = state;

	return atomic_fetch_add(&r->rests, 1) < 2 ? 10 : 0;
}

static void
count_jobs(void *state, struct job *jobs[], size_t count)
{
	struct rester *r = state;

	(void)jobs;
	(void)atomic_fetch_add(&r->jobs, (int)count);
}

static void
wait_for(const atomic_int *number, int value)
{
	for (int i = 0; i < 1000 && atomic_load(number) != value; i++)
		(void)usleep(5000);
	assert_int_equal(atomic_load(number), value);
}

/* And takes jobs before, between and after. */
static void
test_a_thread_without_work_is_told_to_rest_as_often_as_it_wants(void **state)
{
	struct rester r = {0};
	struct pool_setup setup = {
		.name = "rester",
		.threads = 1,
		.limit = 4,
		.run = count_jobs,
		.rest = rest_three_times,
		.context = &r,
	};
	struct job job = {NULL};
	struct pool *p;

	(void)state;
	assert_ok(pool_start(&setup, &p));
	wait_for(&r.rests, 3);
	(void)usleep(50000);
	assert_int_equal(atomic_load(&r.rests), 3);
	assert_ok(pool_submit(p, &job));
	wait_for(&r.jobs, 1);
	wait_for(&r.rests, 4);
	pool_stop(p);
}

static void
test_jobs_submitted_together_are_a_batch_in_order_or_refused_together(void **state)
{
	struct gate g;
	struct numbered jobs[7];
	struct jobs three = {0}, four = {0};
	struct pool_setup setup = {.name = "test",
		.threads = 1,
		.limit = 3,
		.batch = 8,
		.run = run_at_gate,
		.context = &g};
	struct pool *p;

	(void)state;
	gate_init(&g, false);
	assert_ok(pool_start(&setup, &p));
	for (size_t i = 0; i < countof(jobs); i++) {
		jobs[i].number = i;
		jobs_add(i < 3 ? &three : &four, &jobs[i].job);
	}
	assert_err(pool_submit_all(p, &four), ERR_BUSY);
	assert_int_equal(pool_waiting(p), 0);
	assert_ok(pool_submit_all(p, &three));
	wait_inside(&g, 1);
	open_gate(&g);
	pool_stop(p);
	assert_int_equal(g.done, 3);
	assert_int_equal(g.largest, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(g.order[i], i);
}

/* ---- fair queues ---- */

struct mine {
	struct numbered numbered;
	bool refused;
};

static void
refuse(struct job *job)
{
	((struct mine *)(void *)job)->refused = true;
}

/* A pool whose one thread stands at the gate, and whose queue is empty. */
static struct pool *
fair_pool(struct gate *g, struct numbered *first, size_t limit)
{
	struct pool_setup setup = {.name = "test",
		.threads = 1,
		.limit = limit,
		.batch = 1,
		.run = run_at_gate,
		.refuse = refuse,
		.context = g};
	struct pool *p;

	gate_init(g, false);
	assert_ok(pool_start(&setup, &p));
	assert_ok(pool_submit(p, &first->job));
	wait_inside(g, 1);
	return p;
}

static enum err
submit(struct pool *p, struct mine *m, size_t number, const char *address)
{
	struct ipaddr ip;

	assert_ok(ipaddr_parse(str_of(address), &ip));
	m->numbered.number = number;
	m->numbered.job.party = party_of_address(ip);
	return pool_submit(p, &m->numbered.job);
}

static void
test_who_is_alone_may_fill_a_fair_queue_and_keeps_the_order(void **state)
{
	static struct mine jobs[41];
	struct numbered first = {.number = 99};
	struct gate g;
	struct pool *p = fair_pool(&g, &first, 40);

	(void)state;
	memset(jobs, 0, sizeof jobs);
	for (size_t i = 0; i < 40; i++)
		assert_ok(submit(p, &jobs[i], i, "192.0.2.1"));
	assert_err(submit(p, &jobs[40], 40, "192.0.2.1"), ERR_BUSY);
	open_gate(&g);
	pool_stop(p);
	assert_int_equal(g.done, 41);
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(g.order[i + 1], i);
}

static void
test_a_whole_network_keeps_nobody_else_waiting(void **state)
{
	static struct mine crowd[64], other, neighbour;
	struct numbered first = {.number = 99};
	struct gate g;
	struct pool *p = fair_pool(&g, &first, 64);
	size_t refused = 0, at_other = 0, at_neighbour = 0;

	(void)state;
	memset(crowd, 0, sizeof crowd);
	for (size_t i = 0; i < 64; i++) {
		char text[40];

		(void)snprintf(text, sizeof text, "2001:db8:0:%zx::1", i);
		assert_ok(submit(p, &crowd[i], 2, text));
	}
	assert_ok(submit(p, &other, 1, "2001:db9::1"));
	assert_ok(submit(p, &neighbour, 3, "2001:db8:ffff::1"));
	for (size_t i = 0; i < 64; i++)
		refused += crowd[i].refused;
	assert_int_equal(refused, 2);
	for (size_t i = 0; i < 56; i++)
		assert_false(crowd[i].refused);
	assert_int_equal(pool_waiting(p), 64);
	open_gate(&g);
	pool_stop(p);
	assert_int_equal(g.done, 65);
	while (g.order[at_other] != 1)
		at_other++;
	assert_in_range(at_other, 1, 6);
	while (g.order[at_neighbour] != 3)
		at_neighbour++;
	assert_in_range(at_neighbour, 10, 60);
}

static void
test_many_strangers_are_served_in_the_order_they_came_in(void **state)
{
	static struct mine crowd[65];
	struct numbered first = {.number = 99};
	struct gate g;
	struct pool *p = fair_pool(&g, &first, 64);
	char text[40];

	(void)state;
	memset(crowd, 0, sizeof crowd);
	for (size_t i = 0; i < 64; i++) {
		(void)snprintf(text, sizeof text, "2001:%zx::1", i + 1);
		assert_ok(submit(p, &crowd[i], i, text));
	}
	assert_err(submit(p, &crowd[64], 64, "2001:fff::1"), ERR_BUSY);
	open_gate(&g);
	pool_stop(p);
	for (size_t i = 0; i < 63; i++)
		assert_int_equal(g.order[i + 1], i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_queue_says_so_at_once),
		cmocka_unit_test(test_jobs_run_in_order_in_batches),
		cmocka_unit_test(test_stop_finishes_what_is_queued),
		cmocka_unit_test(
			test_jobs_submitted_together_are_a_batch_in_order_or_refused_together),
		cmocka_unit_test(test_stopping_pool_takes_no_more),
		cmocka_unit_test(test_every_thread_has_its_own_state),
		cmocka_unit_test(test_one_failed_start_stops_all),
		cmocka_unit_test(test_threads_are_named_nice_and_without_signals),
		cmocka_unit_test(test_a_thread_without_work_is_told_to_rest_as_often_as_it_wants),
		cmocka_unit_test(test_accepted_jobs_run_once_under_many_producers),
		cmocka_unit_test(test_who_is_alone_may_fill_a_fair_queue_and_keeps_the_order),
		cmocka_unit_test(test_a_whole_network_keeps_nobody_else_waiting),
		cmocka_unit_test(test_many_strangers_are_served_in_the_order_they_came_in),
	};

	return RUN(tests);
}
