/* What the service said last, while it says nothing. */
#include "lib/signin/offline.h"

#include "lib/account/user.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/config/config.h"
#include "lib/crypto/password.h"
#include "lib/signin/signin.h"

static bool
is_on(const struct signin *in)
{
	return in->cx->config->http_api_offline_grace_s > 0;
}

/* ERR_NO_ROW if nothing is known of them. */
static enum err
find(const struct signin *in, struct identity_verifier *ret)
{
	const struct context *cx = in->cx;
	struct str username;
	struct user user;
	enum err e;

	if (username_canonical(cx->arena, in->username, &username))
		return ERR_NO_ROW;
	if ((e = user_by_name(cx->store, cx->arena, username, &user)))
		return e;
	return identity_verifier(cx->store, cx->arena, user.id, in->call.provider->name, ret);
}

enum err
offline_remember(struct signin *in)
{
	if (!is_on(in) || in->password.n > PASSWORD_MAX)
		return OK;
	return password_hash(in->cx->arena, in->password, &in->verifier_hash);
}

enum err
offline_doubt(struct signin *in)
{
	struct identity_verifier v;
	enum err e;

	if (!is_on(in))
		return OK;
	if ((e = find(in, &v)))
		return e == ERR_NO_ROW ? OK : e;
	if (!password_verify(v.hash, in->password))
		in->stale_verifier = v.id;
	return OK;
}

static bool
is_recent(const struct signin *in, const struct identity_verifier *v)
{
	int64_t grace_ms = in->cx->config->http_api_offline_grace_s * MS_PER_S;

	return in->cx->now_ms - v->verified_ms <= grace_ms;
}

/* Without anything to compare with the time of a comparison is spent all the same. */
enum err
offline_finish(struct signin *in)
{
	struct identity_verifier v = {.hash = STR_NONE};
	enum err e;

	if (!is_on(in))
		return ERR_UPSTREAM;
	e = find(in, &v);
	if (e && e != ERR_NO_ROW)
		return e;
	if (!is_recent(in, &v))
		v.hash = STR_NONE;
	in->is_guess = true;
	if (password_verify(v.hash, in->password))
		return ERR_UPSTREAM;
	log_warning("a password was compared here, because the service does not answer",
		log_str("user", in->username), log_str("request_id", in->cx->request_id));
	in->assertion = (struct assertion){
		.issuer = in->call.provider->issuer,
		.subject = v.subject,
		.username = in->username,
		.email = v.email,
	};
	return OK;
}
