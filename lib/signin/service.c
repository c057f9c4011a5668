/*
 * One POST, an answer.
 *
 * What was sent is sent again only if the service cannot have heard it, or has said that
 * it was too busy or broken to look: once an answer has begun, that is the answer.
 */
#include "lib/signin/service.h"

#include "lib/base/clock.h"
#include "lib/base/form.h"
#include "lib/base/url.h"
#include "lib/config/config.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/random.h"

#include <time.h>

enum {
	SIGNED_MAX = 128 * 1024,
	/* Of several attempts, so that one that hangs is not the only one. */
	ATTEMPT_MS = 3000,
	JITTER_PERMILLE = 250,
};

/* ---- how we prove who we are ---- */

struct proof_headers {
	struct fetch_header list[3];
	size_t count;
};

static void
add(struct proof_headers *h, const char *name, struct str value)
{
	h->list[h->count++] = (struct fetch_header){name, value};
}

static struct str
hex(struct arena *arena, struct digest d)
{
	char *text = arena_alloc(arena, 2 * DIGEST_SIZE);

	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		text[2 * i] = "0123456789abcdef"[d.bytes[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[d.bytes[i] & 15];
	}
	return (struct str){text, 2 * DIGEST_SIZE};
}

static struct str
mac(struct arena *arena, struct str secret, struct str text)
{
	struct secret key = {0};
	struct digest d;

	secret_set(&key, secret.p, secret.n);
	d = hmac_sha256(&key, text);
	secret_free(&key);
	return hex(arena, d);
}

/* The original signs the decoded path and the query as it is written. */
static enum err
signed_path(struct arena *arena, struct str address, bool decoded, struct str *ret)
{
	struct url url;
	struct str path;
	enum err e;

	if ((e = url_parse(address, &url, NULL)))
		return e;
	path = url.path.n ? url.path : STR("/");
	if (decoded && (e = percent_decode(arena, path, false, &path)))
		return e;
	*ret = url.query.n ? str_printf(arena, "%.*s?%.*s", STR_ARG(path), STR_ARG(url.query))
			   : path;
	return OK;
}

static enum err
nonce(const struct context *cx, struct str *ret)
{
	unsigned char b[16];
	enum err e = random_bytes(b, sizeof b);

	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	*ret = str_printf(cx->arena,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		b[15]);
	return e;
}

/* hmac: what the Go original signs, one behind the other and without the nonce.
 * hmac-v2: lines, the nonce among them, and the digest of the body. */
static enum err
sign(const struct context *cx, const struct service *to, struct str body, struct proof_headers *h)
{
	bool is_v2 = str_is(to->auth_mode, "hmac-v2");
	struct str at = str_printf(cx->arena, "%lld", (long long)(clock_now_ms() / MS_PER_S));
	struct str once, path, signature;
	struct buf text;
	enum err e;

	if ((e = nonce(cx, &once)) || (e = signed_path(cx->arena, to->url, !is_v2, &path)))
		return e;
	buf_init(&text, cx->arena, SIGNED_MAX);
	if (is_v2)
		buf_add_printf(&text, "v2\n%.*s\n%.*s\nPOST\n%.*s\n%.*s", STR_ARG(at),
			STR_ARG(once), STR_ARG(path), STR_ARG(hex(cx->arena, sha256(body))));
	else
		buf_add_printf(
			&text, "%.*sPOST%.*s%.*s", STR_ARG(at), STR_ARG(path), STR_ARG(body));
	if (!buf_ok(&text))
		return ERR_TOO_LONG;
	signature = mac(cx->arena, to->auth_secret, buf_str(&text));
	add(h, "X-Timestamp", at);
	add(h, "X-Nonce", once);
	add(h, "X-Signature",
		is_v2 ? str_printf(cx->arena, "v2=%.*s", STR_ARG(signature)) : signature);
	return OK;
}

static enum err
prove(const struct context *cx, const struct service *to, struct str body, struct proof_headers *h)
{
	h->count = 0;
	if (str_is(to->auth_mode, "none"))
		return OK;
	if (!str_is(to->auth_mode, "simple"))
		return sign(cx, to, body, h);
	add(h, str_c(cx->arena, to->auth_header), to->auth_secret);
	return OK;
}

/* ---- asking ---- */

static bool
is_worth_another_try(enum err e, const struct fetch_reply *reply)
{
	if (e)
		return e == ERR_NETWORK && !reply->status;
	return reply->status == 429 || reply->status >= 500;
}

/* Twice as long each time, more or less, so that many do not come back together; or as
 * long as the service asks for. */
static int64_t
wait_ms(const struct service *to, int64_t attempt, const struct fetch_reply *reply)
{
	int64_t most = to->max_retry_delay_ms, wait = to->retry_delay_ms;
	uint32_t jitter = JITTER_PERMILLE;

	if (reply->retry_after_s)
		wait = reply->retry_after_s * MS_PER_S;
	else {
		for (int64_t i = 0; i < attempt && wait < most; i++)
			wait *= 2;
		(void)!random_below(2 * JITTER_PERMILLE + 1, &jitter);
		wait = wait * (1000 - JITTER_PERMILLE + (int64_t)jitter) / 1000;
	}
	return wait < most ? wait : most;
}

static void
sleep_ms(int64_t ms)
{
	const struct timespec pause = {ms / MS_PER_S, ms % MS_PER_S * 1000 * 1000};

	(void)nanosleep(&pause, NULL);
}

static enum err
ask_once(struct upstream_call *c, const struct service *to, struct str body, int64_t left_ms,
	struct fetch_reply *reply)
{
	struct proof_headers proof;
	struct fetch_request request = {.url = to->url, .json = body};
	enum err e;

	*reply = (struct fetch_reply){.status = 0};
	if ((e = prove(c->cx, to, body, &proof)))
		return e;
	request.headers = proof.list;
	request.header_count = proof.count;
	c->timeout_ms = to->max_retries && left_ms > ATTEMPT_MS ? ATTEMPT_MS : left_ms;
	return upstream_ask(c, &request, reply);
}

/* When whoever waits here has waited for long enough. */
static int64_t
deadline_us(const struct context *cx, const struct service *to)
{
	int64_t us = clock_monotonic_us() + to->timeout_ms * 1000;

	return cx->deadline_us && cx->deadline_us < us ? cx->deadline_us : us;
}

static enum err
ask_until(struct upstream_call *c, const struct service *to, struct str body, int64_t until_us,
	struct fetch_reply *reply)
{
	enum err e = ERR_UPSTREAM;

	for (int64_t attempt = 0; attempt <= to->max_retries; attempt++) {
		int64_t pause;

		e = ask_once(c, to, body, (until_us - clock_monotonic_us()) / 1000, reply);
		if (!is_worth_another_try(e, reply) || attempt == to->max_retries)
			break;
		pause = wait_ms(to, attempt, reply);
		if (clock_monotonic_us() + pause * 1000 >= until_us)
			break;
		sleep_ms(pause);
	}
	return e;
}

/* Who waits before another attempt keeps a thread as well: it is one share. */
enum err
service_ask(struct upstream_call *c, const struct service *to, struct str body,
	struct fetch_reply *reply)
{
	enum err e = upstream_enter(c);

	if (e)
		return e;
	e = ask_until(c, to, body, deadline_us(c->cx, to), reply);
	upstream_leave(c);
	if (e)
		return e == ERR_BUSY ? e : ERR_UPSTREAM;
	if (reply->status == 429 || reply->status >= 500)
		return diag_set(&c->why, ERR_UPSTREAM, "status %d", reply->status);
	return OK;
}
