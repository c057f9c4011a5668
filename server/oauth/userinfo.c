/* What an access token is good for, told to its bearer: userinfo and tokeninfo. */
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/oauth/bearer.h"
#include "lib/oauth/id_token.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/scope.h"
#include "server/handlers.h"
#include "server/reply.h"

enum { INFO_MAX = 16 * 1024 };

/* RFC 6750 section 2: in the header or in a form body, once; never in the
 * query, where logs would keep it. */
static enum err
read_bearer(struct exchange *x, struct str *ret)
{
	struct str header = request_header(&x->request, "authorization");
	struct str body = form_get(&x->form, "access_token");

	if (form_get(&x->query, "access_token").n || (header.n && body.n))
		return exchange_problem(x, ERR_INVALID_REQUEST,
			"Send the access token once, in the Authorization header.");
	if (!header.n) {
		*ret = body;
		return body.n ? OK : ERR_INVALID_TOKEN;
	}
	if (!str_is_nocase(str_cut(&header, ' '), "Bearer"))
		return ERR_INVALID_TOKEN;
	*ret = str_trim(header);
	return OK;
}

typedef enum err bearer_finder(struct context *, struct str token, struct live_token *ret);

static enum err
find_bearer(struct exchange *x, bearer_finder *find, struct live_token *ret)
{
	int64_t started_us = metrics_now_us(x->cx.metrics);
	struct str text;
	enum err e;

	if (!(e = read_bearer(x, &text)))
		e = find(&x->cx, text, ret);
	if (!e || e == ERR_INVALID_TOKEN)
		bearer_count(&x->cx, started_us, !e);
	return e;
}

/* OpenID Connect Core section 5.3.  Not for tokens that were made for others: those who
 * get them shall not read who their caller is here. */
enum err
http_userinfo(struct exchange *x)
{
	struct live_token token;
	struct buf body;
	enum err e;

	if ((e = find_bearer(x, bearer_find_for_us, &token)))
		return e;
	if (!scope_has(token.scope, STR("openid")) || id_is_zero(token.user.id))
		return ERR_INSUFFICIENT_SCOPE;
	if ((e = claims_load(&x->cx, token.scope, &token.user)))
		return e;
	buf_init(&body, x->cx.arena, INFO_MAX);
	json_open(&body, '{');
	json_member_str(&body, "sub", id_text(x->cx.arena, token.user.id));
	claims_of_user(&body, &token.user, token.scope);
	json_close(&body, '}');
	return reply_json(x, 200, buf_str(&body));
}

/* Of the Go original. */
enum err
http_tokeninfo_get(struct exchange *x)
{
	struct live_token token;
	struct buf body;
	bool of_user;
	enum err e;

	if ((e = find_bearer(x, bearer_find, &token)))
		return e;
	of_user = !id_is_zero(token.user.id);
	buf_init(&body, x->cx.arena, INFO_MAX);
	json_open(&body, '{');
	json_member_bool(&body, "active", true);
	json_member_str(&body, "user_id", bearer_subject(&x->cx, &token));
	json_member_str(&body, "client_id", id_text(x->cx.arena, token.client_id));
	json_member_str(&body, "scope", token.scope);
	json_member_i64(&body, "exp", token.expires_ms / MS_PER_S);
	json_member_str(&body, "iss", x->cx.issuer->url);
	json_member_str(&body, "subject_type", of_user ? STR("user") : STR("client"));
	json_close(&body, '}');
	return reply_json(x, 200, buf_str(&body));
}
