/* Asking, and remembering what was answered. */
#include "lib/signin/upstream.h"

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/url.h"
#include "lib/metrics/metrics.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	DOCUMENT_MAX = 256 * 1024,
	/* Documents: a description and keys of each provider. */
	REMEMBERED_MAX = 2 * CONFIG_PROVIDERS_MAX + 4,
	US_PER_S = 1000 * 1000,
	FRESH_S = 600,
	/* Half an hour after that, an old one is still better than none. */
	STALE_S = 2400,
	FAILURES_MAX = 5,
	PAUSE_S = 10,
};

struct document {
	char *url;
	char *text;
	size_t n;
	int64_t at_us;
};

struct behaviour {
	char name[40];
	int under_way;
	int failures; /* in a row */
	int64_t until_us;
};

struct upstreams {
	pthread_mutex_t mutex;
	struct document documents[REMEMBERED_MAX];
	size_t next_document;
	int share;                                             /* of one server at the same time */
	struct behaviour behaviours[CONFIG_PROVIDERS_MAX + 2]; /* and the services */
};

struct upstreams *
upstreams_new(void)
{
	struct upstreams *u = xcalloc(1, sizeof *u);

	(void)pthread_mutex_init(&u->mutex, NULL);
	u->share = 1;
	return u;
}

void
upstreams_free(struct upstreams *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < REMEMBERED_MAX; i++) {
		free(u->documents[i].url);
		free(u->documents[i].text);
	}
	(void)pthread_mutex_destroy(&u->mutex);
	free(u);
}

enum err
upstream_wrong(struct upstream_call *c, const char *what)
{
	return diag_set(&c->why, ERR_UPSTREAM, "%s", what);
}

/* ---- how they behave ---- */

static const struct {
	const char *type;
	size_t label;
} labels[] = {
	{"oidc", LABEL_PROVIDER_OIDC},
	{"github", LABEL_PROVIDER_GITHUB},
	{"gitea", LABEL_PROVIDER_GITEA},
	{"gitlab", LABEL_PROVIDER_GITLAB},
	{"microsoft", LABEL_PROVIDER_MICROSOFT},
	{"http_api", LABEL_PROVIDER_HTTP_API},
	{"token_api", LABEL_PROVIDER_TOKEN_API},
};

size_t
upstream_label(struct str type)
{
	for (size_t i = 0; i < countof(labels); i++)
		if (str_is(type, labels[i].type))
			return labels[i].label;
	return LABEL_PROVIDER_OIDC;
}

/* Under the mutex.  The place of one that is not configured any more is taken over. */
static struct behaviour *
behaviour_of(struct upstreams *u, struct str name)
{
	struct behaviour *free_one = &u->behaviours[0];

	for (size_t i = 0; i < countof(u->behaviours); i++) {
		if (str_is(name, u->behaviours[i].name))
			return &u->behaviours[i];
		if (!u->behaviours[i].under_way && !u->behaviours[i].name[0])
			free_one = &u->behaviours[i];
	}
	*free_one = (struct behaviour){.under_way = 0};
	memcpy(free_one->name, name.p, name.n < sizeof free_one->name ? name.n : 0);
	return free_one;
}

void
upstreams_share(struct upstreams *u, size_t callers)
{
	size_t share = callers * 3 / 4;

	u->share = share ? (int)share : 1;
}

/* Its share of the threads that call: all of them where there is nobody else to call. */
static int
share_of(const struct upstream_call *c)
{
	const struct config *config = c->cx->config;
	bool has_api = str_is(config->auth_mode, "http_api");
	bool has_tokens = config->token_api_url.n != 0;

	if (config->providers_count + has_api + has_tokens < 2)
		return INT_MAX;
	return c->upstreams->share;
}

static void
count(const struct upstream_call *c, size_t outcome)
{
	metrics_count(c->cx->metrics, METRIC_OUTBOUND,
		METRIC_SERIES(upstream_label(c->provider->type), OUTCOME, outcome));
}

enum err
upstream_enter(struct upstream_call *c)
{
	struct upstreams *u = c->upstreams;
	struct behaviour *b;
	enum err e = OK;

	(void)pthread_mutex_lock(&u->mutex);
	b = behaviour_of(u, c->provider->name);
	if (b->until_us > clock_monotonic_us())
		e = diag_set(&c->why, ERR_UPSTREAM,
			"it has not answered %d times in a row and is left alone for %d seconds",
			(int)FAILURES_MAX, (int)PAUSE_S);
	else if (b->under_way >= share_of(c))
		e = diag_set(&c->why, ERR_BUSY, "it answers too slowly for all who wait for it");
	else
		b->under_way++;
	(void)pthread_mutex_unlock(&u->mutex);
	c->has_share = !e;
	if (e)
		count(c, e == ERR_BUSY ? LABEL_OUTCOME_CROWDED : LABEL_OUTCOME_LEFT_ALONE);
	return e;
}

void
upstream_leave(struct upstream_call *c)
{
	struct upstreams *u = c->upstreams;
	struct behaviour *b;

	(void)pthread_mutex_lock(&u->mutex);
	b = behaviour_of(u, c->provider->name);
	if (b->under_way > 0)
		b->under_way--;
	(void)pthread_mutex_unlock(&u->mutex);
	c->has_share = false;
}

static void
remember_answer(struct upstream_call *c, bool has_answered)
{
	struct upstreams *u = c->upstreams;
	struct behaviour *b;

	(void)pthread_mutex_lock(&u->mutex);
	b = behaviour_of(u, c->provider->name);
	b->failures = has_answered ? 0 : b->failures + 1;
	if (b->failures >= FAILURES_MAX) {
		b->until_us = clock_monotonic_us() + PAUSE_S * US_PER_S;
		b->failures = FAILURES_MAX - 1; /* one try, then the next pause */
	}
	(void)pthread_mutex_unlock(&u->mutex);
}

/* ---- asking ---- */

static int64_t
time_left_ms(const struct upstream_call *c)
{
	int64_t left_ms = (c->cx->deadline_us - clock_monotonic_us()) / 1000;

	return c->cx->deadline_us && left_ms < c->timeout_ms ? left_ms : c->timeout_ms;
}

/* The provider's own host is the operator's word; another one that it names is not. */
static bool
is_own_host(const struct upstream_call *c, struct str url)
{
	struct url own, other;

	return !url_parse(c->provider->issuer, &own, NULL) && !url_parse(url, &other, NULL) &&
	       str_eq_nocase(own.host, other.host);
}

static struct str
host_of(struct str text)
{
	struct url url;

	return url_parse(text, &url, NULL) ? STR_NONE : url.host;
}

static size_t
outcome_of(enum err e, int status)
{
	if (e)
		return LABEL_OUTCOME_UNREACHABLE;
	if (status >= 500)
		return LABEL_OUTCOME_FAILED;
	return status >= 300 ? LABEL_OUTCOME_REFUSED : LABEL_OUTCOME_ANSWERED;
}

static enum err
ask_now(struct upstream_call *c, struct fetch_request *r, struct fetch_reply *ret)
{
	const struct config *config = c->cx->config;
	int64_t started_us = clock_monotonic_us();
	enum err e;

	r->timeout_ms = time_left_ms(c);
	r->by_stranger = !is_own_host(c, r->url);
	r->allowed = config->outbound_allowed_networks;
	r->ca_file = config->outbound_ca_file;
	r->insecure = c->insecure;
	r->body_max = DOCUMENT_MAX;
	e = r->timeout_ms > 0 ? fetch(c->cx->arena, r, ret, &c->why)
			      : diag_set(&c->why, ERR_NETWORK, "there was no time left to ask");
	count(c, outcome_of(e, ret->status));
	metrics_observe_since(c->cx->metrics, METRIC_OUTBOUND_TIME,
		upstream_label(c->provider->type), started_us);
	log_info("request to another server", log_str("provider", c->provider->name),
		log_str("host", host_of(r->url)), log_i64("status", e ? 0 : ret->status),
		log_i64("duration_us", clock_monotonic_us() - started_us),
		log_str("request_id", c->cx->request_id));
	return e;
}

enum err
upstream_ask(struct upstream_call *c, struct fetch_request *r, struct fetch_reply *ret)
{
	bool had_share = c->has_share;
	enum err e = had_share ? OK : upstream_enter(c);

	ret->status = 0;
	if (e)
		return e;
	e = ask_now(c, r, ret);
	remember_answer(c, !e && ret->status < 500);
	if (!had_share)
		upstream_leave(c);
	return e;
}

enum err
upstream_fetch(struct upstream_call *c, struct fetch_request *r, struct fetch_reply *ret)
{
	enum err e = upstream_ask(c, r, ret);

	if (e)
		return e == ERR_BUSY ? e : ERR_UPSTREAM;
	if (ret->status == 200)
		return OK;
	return diag_set(&c->why, ERR_UPSTREAM, "status %d%s", ret->status,
		ret->status >= 300 && ret->status < 400 ? ": redirects are not followed" : "");
}

enum err
upstream_fetch_json(struct upstream_call *c, struct fetch_request *r, struct json **ret)
{
	struct fetch_reply reply;
	enum err e;

	*ret = NULL;
	if ((e = upstream_fetch(c, r, &reply)))
		return e;
	if (json_parse(reply.body, DOCUMENT_MAX, ret, NULL))
		return upstream_wrong(c, "its answer is not a JSON document");
	return OK;
}

/* ---- remembering ---- */

static bool
recall(struct upstreams *u, struct arena *arena, struct str url, int64_t age_s, struct str *ret)
{
	int64_t now_us = clock_monotonic_us();
	bool found = false;

	(void)pthread_mutex_lock(&u->mutex);
	for (size_t i = 0; i < REMEMBERED_MAX && !found; i++) {
		const struct document *d = &u->documents[i];

		if (!d->url || !str_is(url, d->url) || now_us - d->at_us > age_s * US_PER_S)
			continue;
		*ret = str_copy(arena, (struct str){d->text, d->n});
		found = true;
	}
	(void)pthread_mutex_unlock(&u->mutex);
	return found;
}

static char *
kept(struct str s)
{
	char *copy = xcalloc(1, s.n + 1);

	if (s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

static void
remember(struct upstreams *u, struct str url, struct str text)
{
	struct document *d = NULL;

	(void)pthread_mutex_lock(&u->mutex);
	for (size_t i = 0; i < REMEMBERED_MAX; i++)
		if (u->documents[i].url && str_is(url, u->documents[i].url))
			d = &u->documents[i];
	if (!d) {
		d = &u->documents[u->next_document];
		u->next_document = (u->next_document + 1) % REMEMBERED_MAX;
	}
	free(d->url);
	free(d->text);
	*d = (struct document){kept(url), kept(text), text.n, clock_monotonic_us()};
	(void)pthread_mutex_unlock(&u->mutex);
}

/* An old document is better than none while its server does not answer. */
static enum err
document(struct upstream_call *c, struct str url, bool fresh, struct str *ret)
{
	struct fetch_request request = {.url = url};
	struct fetch_reply reply;
	struct json *json = NULL;
	enum err e;

	if (!fresh && recall(c->upstreams, c->cx->arena, url, FRESH_S, ret))
		return OK;
	if ((e = upstream_fetch(c, &request, &reply)))
		return !fresh && recall(c->upstreams, c->cx->arena, url, STALE_S, ret) ? OK : e;
	if (json_parse(reply.body, DOCUMENT_MAX, &json, NULL))
		return upstream_wrong(c, "its answer is not a JSON document");
	json_free(json);
	remember(c->upstreams, url, reply.body);
	*ret = reply.body;
	return OK;
}

enum err
upstream_keys(struct upstream_call *c, struct str uri, bool fresh, struct str *ret_jwks)
{
	return document(c, uri, fresh, ret_jwks);
}

/* ---- the description ---- */

static const struct {
	const char *name;
	size_t at;
	bool is_needed;
} endpoints[] = {
	{"authorization_endpoint", offsetof(struct upstream_metadata, authorization_endpoint),
		true},
	{"token_endpoint", offsetof(struct upstream_metadata, token_endpoint), true},
	{"userinfo_endpoint", offsetof(struct upstream_metadata, userinfo_endpoint), false},
	{"jwks_uri", offsetof(struct upstream_metadata, jwks_uri), true},
	{"end_session_endpoint", offsetof(struct upstream_metadata, end_session_endpoint), false},
};

static enum err
read_metadata(struct upstream_call *c, const struct json *doc, struct str issuer,
	struct upstream_metadata *m)
{
	if (!str_eq(json_get_str(doc, "issuer"), issuer))
		return upstream_wrong(c, "its description names another issuer");
	m->issuer = str_copy(c->cx->arena, issuer);
	for (size_t i = 0; i < countof(endpoints); i++) {
		struct str text = json_get_str(doc, endpoints[i].name);

		if (!text.n && !endpoints[i].is_needed)
			continue;
		if (!fetch_url_is_safe(text))
			return diag_set(&c->why, ERR_UPSTREAM,
				"the %s of its description is missing, or no https address",
				endpoints[i].name);
		*(struct str *)(void *)((char *)m + endpoints[i].at) = str_copy(c->cx->arena, text);
	}
	m->sends_iss = json_get_bool(doc, "authorization_response_iss_parameter_supported", false);
	m->wants_basic =
		!json_has(doc, "token_endpoint_auth_methods_supported") ||
		json_array_has(doc, "token_endpoint_auth_methods_supported", "client_secret_basic");
	return OK;
}

enum err
upstream_discover(
	struct upstream_call *c, struct str base, struct str issuer, struct upstream_metadata *ret)
{
	struct upstream_metadata m = {.issuer = STR_NONE};
	struct json *doc = NULL;
	struct str url, text;
	enum err e;

	while (str_ends(base, STR("/")))
		base.n--;
	url = str_printf(c->cx->arena, "%.*s/.well-known/openid-configuration", STR_ARG(base));
	if ((e = document(c, url, false, &text)))
		return e;
	if (json_parse(text, DOCUMENT_MAX, &doc, NULL))
		return upstream_wrong(c, "its description is not a JSON document");
	if (!(e = read_metadata(c, doc, issuer, &m)))
		*ret = m;
	json_free(doc);
	return e;
}
