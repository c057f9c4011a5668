/* hiredis, with deadlines: its sockets do not block here, poll(2) does. */
#include "lib/cache/redis.h"

#include "lib/base/clock.h"
#include "lib/base/library.h"
#include "lib/base/secret.h"
#include "lib/cache/hiredis.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
	CONNECT_WAIT_MS = 1000, /* of the thread */
	PAUSE_FIRST_MS = 100,
	PAUSE_MAX_MS = MS_PER_S,
	PAUSE_CLOSED_MS = 10, /* shorter than anybody waits */
	TRIAL_EVERY_US = 1000 * 1000,
	TRIAL_MAX = 1,
	REPLY_MAX = 4096,
	SHA1_TEXT_SIZE = 40,
	CODE_MAX = 16,
};

static const struct library_symbol symbols[] = {
#define F(name) {#name, offsetof(struct hiredis, name)},
	HIREDIS_FUNCTIONS(F)
#undef F
};

static struct hiredis functions;
static struct library library = LIBRARY(
	"libhiredis.so." HIREDIS_VERSION, "libhiredis" HIREDIS_VERSION, symbols, &functions);

struct connection {
	redisContext *hiredis;
	redisReplyObjectFunctions builders;
	uint64_t outage; /* how many there had been when it was made */
	int64_t wait_ms;
	char script[SHA1_TEXT_SIZE];
};

struct redis {
	struct redis_setup setup;
	char *host;
	struct secret password;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* a connection was closed, or the thread is to end */
	pthread_cond_t came; /* one is idle, or none will be soon */
	struct connection **idle;
	size_t idle_count;
	size_t open; /* idle or borrowed */
	uint64_t outages;
	int64_t pause_ms;    /* the latest; 0 since a call has succeeded */
	int64_t try_at_us;   /* to connect, not before */
	int64_t trial_at_us; /* of a connection that stands */
	bool gone;           /* as told */
	bool stopping;
};

/* ---- one connection ---- */

static void
connection_close(struct connection *c)
{
	if (!c)
		return;
	functions.redisFree(c->hiredis);
	free(c);
}

/* A script that answers an integer needs no arrays: whoever sends one may not
 * make us reserve memory for it. */
static void *
refuse_array(const redisReadTask *task, int size)
{
	(void)task;
	(void)size;
	return NULL;
}

static bool
wait_for(int fd, short events, int64_t deadline_us)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int64_t left_us = deadline_us - clock_monotonic_us();
		int n = left_us > 0 ? poll(&p, 1, (int)((left_us + 999) / 1000)) : 0;

		if (n > 0)
			return true;
		if (n == 0 || left_us <= 0)
			return false;
	}
}

static const char *
send_all(redisContext *h, int64_t deadline_us)
{
	int done = 0;

	for (;;) {
		if (functions.redisBufferWrite(h, &done) != REDIS_OK)
			return "the connection broke";
		if (done)
			return NULL;
		if (!wait_for(h->fd, POLLOUT, deadline_us))
			return "it takes nothing in time";
	}
}

static const char *
receive(redisContext *h, int64_t deadline_us, redisReply **ret)
{
	void *reply = NULL;

	for (;;) {
		if (functions.redisGetReplyFromReader(h, &reply) != REDIS_OK)
			return "what it says is not Redis's protocol";
		if (reply)
			break;
		if (h->reader->len > REPLY_MAX)
			return "it says too much";
		if (!wait_for(h->fd, POLLIN, deadline_us))
			return "it does not answer in time";
		if (functions.redisBufferRead(h) != REDIS_OK)
			return "the connection broke";
	}
	*ret = reply;
	return NULL;
}

/* One command and its reply; else what went wrong, and the connection is spent. */
static const char *
ask(struct connection *c, const struct str *words, size_t count, int64_t deadline_us,
	redisReply **ret)
{
	const char *argv[REDIS_ARGS_MAX];
	size_t sizes[REDIS_ARGS_MAX];
	const char *why;

	assert(count <= REDIS_ARGS_MAX);
	for (size_t i = 0; i < count; i++) {
		argv[i] = words[i].p ? words[i].p : "";
		sizes[i] = words[i].n;
	}
	if (functions.redisAppendCommandArgv(c->hiredis, (int)count, argv, sizes) != REDIS_OK)
		return "there is no memory for a command";
	if ((why = send_all(c->hiredis, deadline_us)))
		return why;
	return receive(c->hiredis, deadline_us, ret);
}

/* "NOAUTH", "READONLY": the rest of an error may quote what it was sent. */
static void
error_code(const redisReply *reply, char code[CODE_MAX + 1])
{
	size_t n = 0;

	while (n < CODE_MAX && n < reply->len && reply->str[n] >= 'A' && reply->str[n] <= 'Z') {
		code[n] = reply->str[n];
		n++;
	}
	code[n] = '\0';
}

/* Asks for a reply of that type. */
static enum err
demand(struct connection *c, const struct str *words, size_t count, int type, redisReply **ret,
	struct diag *why)
{
	int64_t deadline_us = clock_monotonic_us() + c->wait_ms * 1000;
	redisReply *reply = NULL;
	const char *problem = ask(c, words, count, deadline_us, &reply);
	char code[CODE_MAX + 1] = "";

	if (problem)
		return diag_set(why, ERR_UNAVAILABLE, "%s", problem);
	if (reply->type == type) {
		*ret = reply;
		return OK;
	}
	if (reply->type == REDIS_REPLY_ERROR)
		error_code(reply, code);
	functions.freeReplyObject(reply);
	return diag_set(why, ERR_UNAVAILABLE, "it answers %.*s with %s", STR_ARG(words[0]),
		code[0] ? code : "something unexpected");
}

static enum err
demand_status(struct connection *c, struct str command, struct str arg, struct diag *why)
{
	const struct str words[] = {command, arg};
	redisReply *reply;
	enum err e = demand(c, words, countof(words), REDIS_REPLY_STATUS, &reply, why);

	if (!e)
		functions.freeReplyObject(reply);
	return e;
}

static enum err
load_script(struct connection *c, const char *text, struct diag *why)
{
	const struct str words[] = {STR("SCRIPT"), STR("LOAD"), str_of(text)};
	redisReply *reply;
	enum err e = demand(c, words, countof(words), REDIS_REPLY_STRING, &reply, why);

	if (e)
		return e;
	if (reply->len == sizeof c->script)
		memcpy(c->script, reply->str, sizeof c->script);
	else
		e = diag_set(why, ERR_UNAVAILABLE, "it does not say how it calls a script");
	functions.freeReplyObject(reply);
	return e;
}

static enum err
run_script(struct connection *c, const struct str *args, size_t keys, size_t count, int64_t max,
	int64_t *ret, struct diag *why)
{
	int64_t answer;
	char number[24];
	struct str words[REDIS_ARGS_MAX] = {STR("EVALSHA"), {c->script, sizeof c->script},
		{number, (size_t)snprintf(number, sizeof number, "%zu", keys)}};
	redisReply *reply;
	enum err e;

	assert(count + 3 <= REDIS_ARGS_MAX);
	if (count)
		memcpy(words + 3, args, count * sizeof args[0]);
	if ((e = demand(c, words, count + 3, REDIS_REPLY_INTEGER, &reply, why)))
		return e;
	answer = reply->integer;
	functions.freeReplyObject(reply);
	if (answer < 0 || answer > max)
		return diag_set(why, ERR_UNAVAILABLE, "its answer is not one of the script's");
	*ret = answer;
	return OK;
}

static enum err
try_script(const struct redis *r, struct connection *c, struct diag *why)
{
	const struct redis_script *script = r->setup.script;
	int64_t answer;

	return run_script(c, script->trial, 1, script->trial_count, TRIAL_MAX, &answer, why);
}

/* Logged in, in the right database, and with a script that works. */
static enum err
introduce(struct redis *r, struct connection *c, struct diag *why)
{
	struct str password = {(const char *)r->password.p, r->password.n};
	char db[24];
	struct str number = {db, (size_t)snprintf(db, sizeof db, "%lld", (long long)r->setup.db)};
	enum err e;

	if (password.n && (e = demand_status(c, STR("AUTH"), password, why)))
		return e;
	if (r->setup.db && (e = demand_status(c, STR("SELECT"), number, why)))
		return e;
	if ((e = load_script(c, r->setup.script->text, why)))
		return e;
	return try_script(r, c, why);
}

static redisContext *
reach(const struct redis *r)
{
	struct timeval limit = {.tv_sec = CONNECT_WAIT_MS / 1000};

	if (!r->setup.endpoint.port)
		return functions.redisConnectUnixWithTimeout(r->host, limit);
	return functions.redisConnectWithTimeout(r->host, r->setup.endpoint.port, limit);
}

static struct connection *
connection_open(struct redis *r, struct diag *why)
{
	redisContext *h = reach(r);
	struct connection *c;

	if (!h || h->err || fcntl(h->fd, F_SETFL, O_NONBLOCK) ||
		fcntl(h->fd, F_SETFD, FD_CLOEXEC)) {
		(void)diag_set(why, ERR_UNAVAILABLE, "%s", h && h->err ? h->errstr : "no memory");
		if (h)
			functions.redisFree(h);
		return NULL;
	}
	c = xcalloc(1, sizeof *c);
	c->hiredis = h;
	c->wait_ms = r->setup.wait_ms;
	h->flags &= ~REDIS_BLOCK;
	c->builders = *h->reader->fn;
	c->builders.createArray = refuse_array;
	h->reader->fn = &c->builders;
	if (!introduce(r, c, why))
		return c;
	connection_close(c);
	return NULL;
}

/* ---- the thread that keeps them ---- */

/* The lock is held.  The pause grows with every failure in a row; those of
 * connections from before the latest outage belong to it. */
static void
note_outage(struct redis *r, uint64_t outage, const char *why)
{
	if (outage != r->outages)
		return;
	r->outages++;
	while (r->idle_count) {
		connection_close(r->idle[--r->idle_count]);
		r->open--;
	}
	r->pause_ms = r->pause_ms ? r->pause_ms * 2 : PAUSE_FIRST_MS;
	if (r->pause_ms > PAUSE_MAX_MS)
		r->pause_ms = PAUSE_MAX_MS;
	r->try_at_us = clock_monotonic_us() + r->pause_ms * 1000;
	if (!r->gone)
		r->setup.tell(r->setup.context, false, why);
	r->gone = true;
	(void)pthread_cond_signal(&r->wake);
	(void)pthread_cond_broadcast(&r->came);
}

/* The lock is held. */
static void
add_idle(struct redis *r, struct connection *c)
{
	r->idle[r->idle_count++] = c;
	if (r->gone)
		r->setup.tell(r->setup.context, true, "");
	r->gone = false;
	(void)pthread_cond_signal(&r->came);
}

/* Between commands there is nothing to read. */
static bool
is_fresh(const struct connection *c)
{
	const redisReader *reader = c->hiredis->reader;
	char byte;

	if (reader->pos != reader->len)
		return false;
	return recv(c->hiredis->fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

/* The lock is held.  One that was closed, for instance because it was idle, is no
 * outage; but who closes them all at once shall not keep us busy. */
static struct connection *
take_idle(struct redis *r)
{
	while (r->idle_count) {
		struct connection *c = r->idle[--r->idle_count];

		if (is_fresh(c))
			return c;
		connection_close(c);
		r->open--;
		r->try_at_us = clock_monotonic_us() + PAUSE_CLOSED_MS * 1000;
		(void)pthread_cond_signal(&r->wake);
	}
	return NULL;
}

/* The lock is held.  What was answered on a connection from before the latest outage
 * does not mean that it is over. */
static void
give_back(struct redis *r, struct connection *c, enum err e, const char *why)
{
	if (!e && c->outage == r->outages) {
		r->pause_ms = 0;
		add_idle(r, c);
		return;
	}
	r->open--;
	if (e)
		note_outage(r, c->outage, why);
	connection_close(c);
	(void)pthread_cond_signal(&r->wake);
}

/* The lock is held. */
static void
sleep_until(struct redis *r, pthread_cond_t *event, int64_t us)
{
	struct timespec until = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	(void)pthread_cond_timedwait(event, &r->lock, &until);
}

/* The lock is held, but while somebody else is waited for. */
static void
connect_one(struct redis *r)
{
	uint64_t outage = r->outages;
	struct diag why = {""};
	struct connection *c;

	(void)pthread_mutex_unlock(&r->lock);
	c = connection_open(r, &why);
	(void)pthread_mutex_lock(&r->lock);
	if (!c) {
		note_outage(r, outage, why.text);
		return;
	}
	/* Another found an outage meanwhile: this may be of before it. */
	if (outage != r->outages) {
		connection_close(c);
		return;
	}
	c->outage = outage;
	r->open++;
	add_idle(r, c);
}

/* The same.  While all are borrowed, others find out. */
static void
try_one(struct redis *r)
{
	struct connection *c = take_idle(r);
	struct diag why = {""};
	enum err e;

	r->trial_at_us = clock_monotonic_us() + TRIAL_EVERY_US;
	if (!c)
		return;
	(void)pthread_mutex_unlock(&r->lock);
	e = try_script(r, c, &why);
	(void)pthread_mutex_lock(&r->lock);
	give_back(r, c, e, why.text);
}

static void *
keep_connected(void *argument)
{
	struct redis *r = argument;

	(void)pthread_setname_np(pthread_self(), "redis");
	(void)pthread_mutex_lock(&r->lock);
	while (!r->stopping) {
		int64_t now_us = clock_monotonic_us();

		if (now_us < r->try_at_us)
			sleep_until(r, &r->wake, r->try_at_us);
		else if (r->open < r->setup.connections)
			connect_one(r);
		else if (now_us < r->trial_at_us)
			sleep_until(r, &r->wake, r->trial_at_us);
		else
			try_one(r);
	}
	(void)pthread_mutex_unlock(&r->lock);
	return NULL;
}

static struct redis *
redis_new(const struct redis_setup *setup)
{
	struct redis *r = xcalloc(1, sizeof *r);

	r->setup = *setup;
	r->host = xcalloc(1, setup->endpoint.host.n + 1);
	memcpy(r->host, setup->endpoint.host.p, setup->endpoint.host.n);
	secret_set(&r->password, setup->password.p, setup->password.n);
	return r;
}

static void
redis_free(struct redis *r)
{
	secret_free(&r->password);
	free(r->host);
	free(r);
}

enum err
redis_try(const struct redis_setup *setup, struct diag *why)
{
	enum err e = library_load(&library, ERR_UNAVAILABLE, why);
	struct connection *c;
	struct redis *r;

	if (e)
		return e;
	r = redis_new(setup);
	c = connection_open(r, why);
	connection_close(c);
	redis_free(r);
	return c ? OK : ERR_UNAVAILABLE;
}

enum err
redis_start(const struct redis_setup *setup, struct redis **ret, struct diag *diag)
{
	struct redis *r;
	pthread_condattr_t monotonic;
	enum err e;

	if ((e = library_load(&library, ERR_UNAVAILABLE, diag)))
		return e;
	r = redis_new(setup);
	r->idle = xcalloc(setup->connections, sizeof(struct connection *));
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&r->wake, &monotonic);
	(void)pthread_cond_init(&r->came, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	if (pthread_create(&r->thread, NULL, keep_connected, r))
		abort();
	*ret = r;
	return OK;
}

void
redis_stop(struct redis *r)
{
	if (!r)
		return;
	(void)pthread_mutex_lock(&r->lock);
	r->stopping = true;
	(void)pthread_cond_signal(&r->wake);
	(void)pthread_mutex_unlock(&r->lock);
	(void)pthread_join(r->thread, NULL);
	while (r->idle_count)
		connection_close(r->idle[--r->idle_count]);
	(void)pthread_cond_destroy(&r->came);
	(void)pthread_cond_destroy(&r->wake);
	(void)pthread_mutex_destroy(&r->lock);
	free(r->idle);
	redis_free(r);
}

/* ---- calls ---- */

static struct connection *
borrow(struct redis *r)
{
	int64_t deadline_us = clock_monotonic_us() + r->setup.wait_ms * 1000;
	struct connection *c;

	(void)pthread_mutex_lock(&r->lock);
	while (!(c = take_idle(r)) && !r->gone && clock_monotonic_us() < deadline_us)
		sleep_until(r, &r->came, deadline_us);
	(void)pthread_mutex_unlock(&r->lock);
	return c;
}

enum err
redis_run(struct redis *r, const struct str *args, size_t keys, size_t count, int64_t max,
	int64_t *ret)
{
	struct connection *c = borrow(r);
	struct diag why = {""};
	enum err e;

	if (!c)
		return ERR_UNAVAILABLE;
	e = run_script(c, args, keys, count, max, ret, &why);
	(void)pthread_mutex_lock(&r->lock);
	give_back(r, c, e, why.text);
	(void)pthread_mutex_unlock(&r->lock);
	return e;
}
