/* Logout tokens on their way. */
#include "lib/oauth/logout_delivery.h"

#include "lib/base/clock.h"
#include "lib/base/form.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/config/config.h"
#include "lib/crypto/random.h"
#include "lib/http/fetch.h"
#include "lib/oauth/issuer.h"
#include "lib/store/logout_notice.h"

#include <assert.h>
#include <stdlib.h>

enum {
	LOGOUT_TOKEN_MAX = 8192,
	LOGOUT_TOKEN_TTL_S = 120,
	ANSWER_MAX = 64 * 1024,
	/* Of connecting, sending and hearing the answer. */
	SEND_TIMEOUT_MS = 2000,
	/* After half a minute, one, two, four ... minutes; then it is pointless. */
	ATTEMPTS_MAX = 6,
	FIRST_PAUSE_MS = 30 * MS_PER_S,
	PAUSE_DOUBLINGS_MAX = 4,
	LIFE_MS = 16 * 60 * MS_PER_S,
	/* Under way. */
	PLACES = 64,
	STRANGERS_MAX = 48,
	PER_CLIENT_MAX = 4,
	/* Clients whose last answer is remembered. */
	KNOWN_MAX = 512,
};

enum place_state { PLACE_FREE, PLACE_RUNS, PLACE_ENDED };

/* One notice on its way. */
struct place {
	enum place_state state;
	struct logout_notice notice;
	bool is_stranger;
	bool is_settled;         /* ended: the client has it, or will not have it */
	bool is_reached;         /* ended: the client answered anything at all */
	struct fetch_call *call; /* while it runs */
	struct fetch_request request;
	struct arena arena;
};

/* How a client behaved lately. */
struct known {
	struct id client;
	int64_t failures; /* in a row */
	int64_t until_ms; /* leave it alone */
};

struct logout_delivery {
	struct fetch_set *set;
	struct place places[PLACES];
	struct known known[KNOWN_MAX];
	size_t known_next;
	int64_t now_ms;
	bool may_take;
	/* What the change has found. */
	struct arena arena;
	struct logout_notice taken[PLACES];
	bool taken_from_stranger[PLACES];
	size_t taken_count;
};

enum err
logout_delivery_new(struct logout_delivery **ret, struct diag *diag)
{
	struct logout_delivery *d = xcalloc(1, sizeof *d);
	enum err e = fetch_set_new(&d->set, diag);

	if (e) {
		free(d);
		return e;
	}
	*ret = d;
	return OK;
}

void
logout_delivery_free(struct logout_delivery *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < PLACES; i++) {
		if (d->places[i].state == PLACE_RUNS)
			fetch_end(d->places[i].call);
		arena_free(&d->places[i].arena);
	}
	fetch_set_free(d->set);
	arena_free(&d->arena);
	free(d);
}

void
logout_delivery_prepare(struct logout_delivery *d, int64_t now_ms, bool may_take)
{
	d->now_ms = now_ms;
	d->may_take = may_take;
}

bool
logout_delivery_is_idle(const struct logout_delivery *d)
{
	for (size_t i = 0; i < PLACES; i++)
		if (d->places[i].state != PLACE_FREE)
			return false;
	return true;
}

/* ---- how clients behave ---- */

static struct known *
find_known(struct logout_delivery *d, struct id client)
{
	for (size_t i = 0; i < KNOWN_MAX; i++)
		if (id_eq(d->known[i].client, client))
			return &d->known[i];
	return NULL;
}

static int64_t
pause_after(int64_t failures)
{
	return FIRST_PAUSE_MS << (failures < PAUSE_DOUBLINGS_MAX ? failures : PAUSE_DOUBLINGS_MAX);
}

static void
note_behaviour(struct logout_delivery *d, struct id client, bool is_reached)
{
	struct known *k = find_known(d, client);

	if (!k) {
		k = &d->known[d->known_next];
		d->known_next = (d->known_next + 1) % KNOWN_MAX;
		*k = (struct known){.client = client};
	}
	k->until_ms = is_reached ? 0 : d->now_ms + pause_after(k->failures);
	k->failures = is_reached ? 0 : k->failures + 1;
}

/* One at a time until it has answered once: whoever never answers takes one place. */
static size_t
most_for(struct logout_delivery *d, struct id client)
{
	const struct known *k = find_known(d, client);

	return k && !k->failures ? PER_CLIENT_MAX : 1;
}

/* ---- the change ---- */

/* Notices that were tried so often at most wait until the client is asked again. */
static enum err
leave_alone(struct logout_delivery *d, struct store *s, struct id client, int64_t attempts_max)
{
	const struct known *k = find_known(d, client);

	if (!k || k->until_ms <= d->now_ms)
		return OK;
	return logout_notice_postpone_client(s, client, d->now_ms, k->until_ms, attempts_max);
}

static enum err
settle(struct logout_delivery *d, struct store *s, const struct place *p)
{
	const struct logout_notice *n = &p->notice;
	enum err e;

	if (p->is_settled || n->attempts + 1 >= ATTEMPTS_MAX)
		e = logout_notice_delete(s, n->id);
	else
		e = logout_notice_postpone(s, n->id, d->now_ms + pause_after(n->attempts));
	if (e || p->is_reached)
		return e;
	if ((e = logout_notice_expire_client(s, n->client_id, d->now_ms - LIFE_MS)))
		return e;
	return leave_alone(d, s, n->client_id, ATTEMPTS_MAX);
}

static bool
is_in_hand(const struct logout_delivery *d, struct id notice)
{
	for (size_t i = 0; i < PLACES; i++)
		if (d->places[i].state == PLACE_RUNS && id_eq(d->places[i].notice.id, notice))
			return true;
	for (size_t i = 0; i < d->taken_count; i++)
		if (id_eq(d->taken[i].id, notice))
			return true;
	return false;
}

/* Those of one client, of strangers, or with neither all. */
static size_t
count_in_hand(const struct logout_delivery *d, const struct id *client, bool strangers)
{
	size_t count = 0;

	for (size_t i = 0; i < PLACES; i++) {
		const struct place *p = &d->places[i];

		count += p->state == PLACE_RUNS && (!strangers || p->is_stranger) &&
			 (!client || id_eq(p->notice.client_id, *client));
	}
	for (size_t i = 0; i < d->taken_count; i++)
		count += (!strangers || d->taken_from_stranger[i]) &&
			 (!client || id_eq(d->taken[i].client_id, *client));
	return count;
}

static bool
has_place(const struct logout_delivery *d, const struct logout_due_client *client)
{
	return count_in_hand(d, NULL, false) < PLACES &&
	       (!client->is_stranger || count_in_hand(d, NULL, true) < STRANGERS_MAX);
}

/* Until so many of this client's are in hand. */
static enum err
take_from(struct logout_delivery *d, struct store *s, const struct logout_due_client *client,
	size_t most)
{
	struct logout_notice due[2 * PER_CLIENT_MAX];
	size_t count = 0;
	enum err e;

	if (count_in_hand(d, &client->id, false) >= most || !has_place(d, client))
		return OK;
	if ((e = logout_notice_due_of_client(
		     s, &d->arena, client->id, d->now_ms, countof(due), due, &count)))
		return e;
	for (size_t i = 0; i < count; i++) {
		if (count_in_hand(d, &client->id, false) >= most || !has_place(d, client))
			break;
		if (is_in_hand(d, due[i].id))
			continue;
		d->taken_from_stranger[d->taken_count] = client->is_stranger;
		d->taken[d->taken_count++] = due[i];
	}
	return OK;
}

/* One for everybody before a second one for anybody. */
static enum err
take_due(struct logout_delivery *d, struct store *s)
{
	struct logout_due_client clients[LOGOUT_DUE_CLIENTS_MAX];
	size_t count = 0;
	enum err e = logout_notice_due_clients(s, d->now_ms, clients, &count);

	/* What is new waits for a client that fails; what was tried has its own time. */
	for (size_t i = 0; i < count && !e; i++)
		if (!(e = leave_alone(d, s, clients[i].id, 0)))
			e = take_from(d, s, &clients[i], 1);
	for (size_t i = 0; i < count && !e; i++)
		if (most_for(d, clients[i].id) > 1)
			e = take_from(d, s, &clients[i], PER_CLIENT_MAX);
	return e;
}

enum err
logout_delivery_store(struct store *s, void *arg)
{
	struct logout_delivery *d = arg;
	enum err e;

	d->taken_count = 0;
	arena_reset(&d->arena);
	for (size_t i = 0; i < PLACES; i++)
		if (d->places[i].state == PLACE_ENDED && (e = settle(d, s, &d->places[i])))
			return e;
	return d->may_take ? take_due(d, s) : OK;
}

/* ---- sending ---- */

/* Back-Channel Logout section 2.4. */
static enum err
make_logout_token(const struct context *cx, struct arena *arena, const struct logout_notice *n,
	struct str *ret)
{
	const struct key *key;
	struct buf claims, token;
	struct id jti;
	enum err e;

	if ((e = issuer_id_token_key(cx->issuer, n->id_token_alg, &key)) ||
		(e = id_new(cx->now_ms, &jti)))
		return e;
	buf_init(&claims, arena, LOGOUT_TOKEN_MAX);
	buf_init(&token, arena, LOGOUT_TOKEN_MAX * 2);
	json_open(&claims, '{');
	json_member_str(&claims, "iss", cx->issuer->url);
	json_member_str(&claims, "sub", id_text(arena, n->user_id));
	json_member_str(&claims, "aud", id_text(arena, n->client_id));
	json_member_i64(&claims, "iat", cx->now_ms / MS_PER_S);
	json_member_i64(&claims, "exp", cx->now_ms / MS_PER_S + LOGOUT_TOKEN_TTL_S);
	json_member_str(&claims, "jti", id_text(arena, jti));
	json_member_str(&claims, "sid", id_text(arena, n->session_id));
	json_key(&claims, "events");
	json_open(&claims, '{');
	json_key(&claims, "http://schemas.openid.net/event/backchannel-logout");
	json_open(&claims, '{');
	json_close(&claims, '}');
	json_close(&claims, '}');
	json_close(&claims, '}');
	if ((e = jws_sign(key, "logout+jwt", buf_str(&claims), &token)))
		return e;
	*ret = buf_str(&token);
	return OK;
}

static void
tell_failure(struct place *p, const char *why)
{
	log_warning("logout notice not delivered",
		log_str("client", id_text(&p->arena, p->notice.client_id)),
		log_i64("attempt", p->notice.attempts + 1), log_c("why", why));
}

/* What cannot even be asked, or leads where it must not, will not get better. */
static void
end_with_error(struct logout_delivery *d, struct place *p, enum err e, const char *why)
{
	p->state = PLACE_ENDED;
	p->is_settled = e == ERR_FORBIDDEN || e == ERR_MALFORMED;
	p->is_reached = e != ERR_NETWORK && e != ERR_TOO_LONG;
	if (!p->is_reached)
		note_behaviour(d, p->notice.client_id, false);
	tell_failure(p, why);
}

static enum err
start(struct logout_delivery *d, const struct context *cx, struct place *p, struct diag *diag)
{
	struct str token;
	struct buf form;
	enum err e;

	if ((e = make_logout_token(cx, &p->arena, &p->notice, &token)))
		return diag_set(diag, e, "%s", err_sentence(e));
	buf_init(&form, &p->arena, LOGOUT_TOKEN_MAX * 4);
	form_add(&form, "logout_token", token);
	p->request = (struct fetch_request){
		.url = p->notice.uri,
		.timeout_ms = SEND_TIMEOUT_MS,
		.form = buf_str(&form),
		.by_stranger = p->is_stranger,
		.allowed = str_copy(&p->arena, cx->config->outbound_allowed_networks),
		.ca_file = str_copy(&p->arena, cx->config->outbound_ca_file),
		.body_max = ANSWER_MAX,
	};
	return fetch_begin(d->set, &p->arena, &p->request, &p->call, diag);
}

static struct place *
free_place(struct logout_delivery *d)
{
	for (size_t i = 0; i < PLACES; i++)
		if (d->places[i].state == PLACE_FREE)
			return &d->places[i];
	return NULL;
}

void
logout_delivery_begin(struct logout_delivery *d, const struct context *cx)
{
	for (size_t i = 0; i < PLACES; i++)
		if (d->places[i].state == PLACE_ENDED)
			d->places[i].state = PLACE_FREE;
	for (size_t i = 0; i < d->taken_count; i++) {
		struct place *p = free_place(d);
		struct diag diag = {""};
		enum err e;

		assert(p);
		arena_reset(&p->arena);
		p->state = PLACE_RUNS;
		p->is_stranger = d->taken_from_stranger[i];
		p->notice = d->taken[i];
		p->notice.uri = str_copy(&p->arena, d->taken[i].uri);
		if ((e = start(d, cx, p, &diag)))
			end_with_error(d, p, e, diag.text);
	}
	d->taken_count = 0;
}

/* Section 2.8: 200 or 204; 400 says that the client will not have it. */
static bool
is_settled(int status)
{
	return status == 200 || status == 204 || status == 400;
}

static void
hear(struct logout_delivery *d, struct place *p)
{
	struct fetch_reply reply;
	struct diag why = {""};
	enum err e = fetch_result(p->call, &reply, &why);

	if (e) {
		end_with_error(d, p, e, why.text);
		return;
	}
	p->state = PLACE_ENDED;
	p->is_reached = true;
	p->is_settled = is_settled(reply.status);
	note_behaviour(d, p->notice.client_id, true);
	if (!p->is_settled)
		tell_failure(p, arena_printf(&p->arena, "status %d", reply.status));
}

void
logout_delivery_wait(struct logout_delivery *d, int64_t wait_ms)
{
	bool readable;

	if (fetch_wait(d->set, -1, (int)wait_ms, &readable))
		log_warning("logout notices delayed", log_c("why", "the HTTP library failed"));
	for (size_t i = 0; i < PLACES; i++)
		if (d->places[i].state == PLACE_RUNS && fetch_is_over(d->places[i].call))
			hear(d, &d->places[i]);
}
