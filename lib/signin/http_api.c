/*
 * A service of the operator's that knows the passwords: one POST, a yes or a no.
 *
 * A password is sent again only if the service cannot have heard it, or has said that
 * it was too busy or broken to look: once an answer has begun, that is the answer.
 */
#include "lib/signin/http_api.h"

#include "lib/account/user.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/random.h"
#include "lib/signin/signin.h"

#include <time.h>

enum {
	BODY_MAX = 64 * 1024,
	SIGNED_MAX = 128 * 1024,
	/* Of several attempts, so that one that hangs is not the only one. */
	ATTEMPT_MS = 3000,
	JITTER_PERMILLE = 250,
};

static const struct str provider_name = STR_INIT("http-api");

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
sign(const struct context *cx, struct str body, struct proof_headers *h)
{
	const struct config *c = cx->config;
	bool is_v2 = str_is(c->http_api_auth_mode, "hmac-v2");
	struct str at = str_printf(cx->arena, "%lld", (long long)(clock_now_ms() / MS_PER_S));
	struct str once, path, signature;
	struct buf text;
	enum err e;

	if ((e = nonce(cx, &once)) || (e = signed_path(cx->arena, c->http_api_url, !is_v2, &path)))
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
	signature = mac(cx->arena, c->http_api_auth_secret, buf_str(&text));
	add(h, "X-Timestamp", at);
	add(h, "X-Nonce", once);
	add(h, "X-Signature",
		is_v2 ? str_printf(cx->arena, "v2=%.*s", STR_ARG(signature)) : signature);
	return OK;
}

static enum err
prove(const struct context *cx, struct str body, struct proof_headers *h)
{
	const struct config *c = cx->config;

	h->count = 0;
	if (str_is(c->http_api_auth_mode, "none"))
		return OK;
	if (!str_is(c->http_api_auth_mode, "simple"))
		return sign(cx, body, h);
	add(h, str_c(cx->arena, c->http_api_auth_header), c->http_api_auth_secret);
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
wait_ms(const struct config *c, int64_t attempt, const struct fetch_reply *reply)
{
	int64_t most = c->http_api_max_retry_delay_ms, wait = c->http_api_retry_delay_ms;
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
ask_once(struct signin *in, struct str body, int64_t left_ms, struct fetch_reply *reply)
{
	const struct config *c = in->cx->config;
	struct proof_headers proof;
	struct fetch_request request = {.url = c->http_api_url, .json = body};
	enum err e;

	*reply = (struct fetch_reply){.status = 0};
	if ((e = prove(in->cx, body, &proof)))
		return e;
	request.headers = proof.list;
	request.header_count = proof.count;
	in->call.timeout_ms =
		c->http_api_max_retries && left_ms > ATTEMPT_MS ? ATTEMPT_MS : left_ms;
	return upstream_ask(&in->call, &request, reply);
}

/* When somebody who signs in has waited for long enough. */
static int64_t
deadline_us(const struct context *cx)
{
	int64_t us = clock_monotonic_us() + cx->config->http_api_timeout_ms * 1000;

	return cx->deadline_us && cx->deadline_us < us ? cx->deadline_us : us;
}

static enum err
ask(struct signin *in, struct str body, struct fetch_reply *reply)
{
	const struct config *c = in->cx->config;
	int64_t until_us = deadline_us(in->cx);
	enum err e = ERR_UPSTREAM;

	for (int64_t attempt = 0; attempt <= c->http_api_max_retries; attempt++) {
		int64_t pause;

		e = ask_once(in, body, (until_us - clock_monotonic_us()) / 1000, reply);
		if (!is_worth_another_try(e, reply) || attempt == c->http_api_max_retries)
			break;
		pause = wait_ms(c, attempt, reply);
		if (clock_monotonic_us() + pause * 1000 >= until_us)
			break;
		sleep_ms(pause);
	}
	if (e)
		return e == ERR_BUSY ? e : ERR_UPSTREAM;
	if (reply->status == 429 || reply->status >= 500)
		return diag_set(&in->call.why, ERR_UPSTREAM, "status %d", reply->status);
	return OK;
}

/* ---- the answer ---- */

static enum err
read_person(struct signin *in, const struct json *doc)
{
	struct arena *arena = in->cx->arena;
	struct str id = json_get_str(doc, "user_id");

	if (!json_get_bool(doc, "success", false))
		return diag_set(&in->call.why, ERR_BAD_CREDENTIALS, "it does not know them");
	if (!id.n || id.n > SUBJECT_MAX || !str_is_utf8(id))
		return upstream_wrong(&in->call, "it said yes without a usable user_id");
	in->assertion = (struct assertion){
		.issuer = in->call.provider->issuer,
		.subject = str_copy(arena, id),
		.username = in->username,
		.email = str_copy(arena, json_get_str(doc, "email")),
		.full_name = str_copy(arena, json_get_str(doc, "full_name")),
	};
	return OK;
}

/* Another status than success is a no, if it comes with a reason, as the original has it. */
static enum err
judge(struct signin *in, const struct fetch_reply *reply)
{
	struct json *doc = NULL;
	enum err e;

	if (json_parse(reply->body, BODY_MAX, &doc, NULL) || !json_is_map(doc))
		e = diag_set(&in->call.why, ERR_UPSTREAM, "status %d, and no JSON object",
			reply->status);
	else if (reply->status >= 200 && reply->status < 300)
		e = read_person(in, doc);
	else if (reply->status < 400 || reply->status >= 500)
		e = diag_set(&in->call.why, ERR_UPSTREAM, "status %d", reply->status);
	else
		e = diag_set(&in->call.why, ERR_BAD_CREDENTIALS, "status %d", reply->status);
	json_free(doc);
	return e;
}

enum err
http_api_finish(struct signin *in)
{
	struct fetch_reply reply;
	struct buf body;
	enum err e;

	buf_init(&body, in->cx->arena, BODY_MAX);
	json_open(&body, '{');
	json_member_str(&body, "username", in->username);
	json_member_str(&body, "password", in->password);
	json_close(&body, '}');
	if (!buf_ok(&body) || !str_is_utf8(in->username) || !str_is_utf8(in->password))
		return ERR_BAD_CREDENTIALS;
	if ((e = ask(in, buf_str(&body), &reply)))
		return e;
	return judge(in, &reply);
}

/* ---- who is asked ---- */

/* Whoever has a password here is asked for that one. */
enum err
http_api_is_asked(struct context *cx, struct str typed, bool *ret)
{
	struct str username;
	struct user user;
	enum err e;

	*ret = false;
	if (!str_is(cx->config->auth_mode, "http_api") ||
		username_canonical(cx->arena, typed, &username))
		return OK;
	e = user_by_name(cx->store, cx->arena, username, &user);
	if (e && e != ERR_NO_ROW)
		return e;
	*ret = e == ERR_NO_ROW || !user.password_hash.n;
	return OK;
}

const struct config_provider *
http_api_provider(const struct context *cx)
{
	struct config_provider *p = arena_new(cx->arena, struct config_provider);

	*p = (struct config_provider){
		.name = provider_name,
		.type = STR("http_api"),
		.label = provider_name,
		.issuer = cx->config->http_api_url,
		.registration = STR("auto"),
	};
	return p;
}
