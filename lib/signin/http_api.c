/* A service of the operator's that knows the passwords: one POST, a yes or a no. */
#include "lib/signin/http_api.h"

#include "lib/account/user.h"
#include "lib/base/json.h"
#include "lib/signin/offline.h"
#include "lib/signin/service.h"
#include "lib/signin/signin.h"

enum { BODY_MAX = 64 * 1024 };

static const struct str provider_name = STR_INIT("http-api");

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

static struct service
service_of(const struct config *c)
{
	return (struct service){
		.url = c->http_api_url,
		.auth_mode = c->http_api_auth_mode,
		.auth_secret = c->http_api_auth_secret,
		.auth_header = c->http_api_auth_header,
		.timeout_ms = c->http_api_timeout_ms,
		.max_retries = c->http_api_max_retries,
		.retry_delay_ms = c->http_api_retry_delay_ms,
		.max_retry_delay_ms = c->http_api_max_retry_delay_ms,
	};
}

static enum err
conclude(struct signin *in, enum err e)
{
	enum err failure = OK;

	switch (e) {
	case OK: return offline_remember(in);
	case ERR_UPSTREAM: return offline_finish(in);
	case ERR_BAD_CREDENTIALS: failure = offline_doubt(in); break;
	default: break;
	}
	return failure ? failure : e;
}

enum err
http_api_finish(struct signin *in)
{
	const struct service to = service_of(in->cx->config);
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
	if (!(e = service_ask(&in->call, &to, buf_str(&body), &reply)))
		e = judge(in, &reply);
	return conclude(in, e);
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
