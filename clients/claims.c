/* Reads claims without believing them. */
#include "clients/claims.h"

#include "clients/ask.h"
#include "clients/terminal.h"
#include "lib/base/base64.h"
#include "lib/base/json.h"

enum { CLAIMS_MAX = 64 * 1024, SHOWN_MAX = 128 };

static struct str
shown_claim(struct arena *arena, const struct json *json, const char *name, bool utf8)
{
	return client_terminal_clean(arena, str_first(json_get_str(json, name), SHOWN_MAX), utf8);
}

enum err
client_claims_parse(struct arena *arena, struct str text, bool utf8, struct claims *ret)
{
	struct json *json = NULL;
	enum err e;

	if ((e = json_parse(text, CLAIMS_MAX, &json, NULL)))
		return e;
	*ret = (struct claims){
		.sub = shown_claim(arena, json, "sub", utf8),
		.preferred_username = shown_claim(arena, json, "preferred_username", utf8),
		.name = shown_claim(arena, json, "name", utf8),
		.email = shown_claim(arena, json, "email", utf8),
	};
	json_free(json);
	return OK;
}

bool
client_claims_of_token(struct arena *arena, struct str token, bool utf8, struct claims *ret)
{
	struct str rest = token, payload;

	(void)str_cut(&rest, '.');
	if (str_empty(rest) || token.n > CLAIMS_MAX)
		return false;
	return !base64url_decode(arena, str_cut(&rest, '.'), &payload) &&
	       !client_claims_parse(arena, payload, utf8, ret);
}

enum err
client_claims_fetch(struct arena *arena, const struct discovery *server, struct str access_token,
	bool utf8, int cancel_fd, struct claims *ret, struct diag *diag)
{
	const struct asking asking = {
		.request =
			{
				.url = server->userinfo_endpoint,
				.bearer = access_token,
				.cancel_fd = cancel_fd,
				.ca_file = server->ca_file,
			},
		.patience_s = ASK_PATIENCE_S,
	};
	struct fetch_reply reply;
	enum err e;

	if (str_empty(asking.request.url))
		return diag_set(diag, ERR_NO_ROW, "the server offers no userinfo");
	if ((e = client_ask(arena, &asking, &reply, diag)))
		return e;
	if (reply.status == 401 || reply.status == 403)
		return diag_set(diag, ERR_LOGIN_REQUIRED,
			"the server no longer takes this token, or not for userinfo (status %d)",
			reply.status);
	if (reply.status != 200 || client_claims_parse(arena, reply.body, utf8, ret))
		return diag_set(diag, ERR_NETWORK, "userinfo answers with status %d and no claims",
			reply.status);
	return OK;
}

struct str
client_claims_account(const struct claims *claims)
{
	if (!str_empty(claims->preferred_username))
		return claims->preferred_username;
	if (!str_empty(claims->email))
		return claims->email;
	return claims->sub;
}
