/* Asks for tokens, judges what comes back. */
#include "clients/token_endpoint.h"

#include "clients/ask.h"
#include "clients/terminal.h"
#include "lib/base/clock.h"
#include "lib/base/form.h"
#include "lib/base/json.h"

enum { LONGEST_TOKEN_LIFE_S = 365 * 24 * 3600, UNKNOWN_TOKEN_LIFE_S = 3600 };

/* ---- judging answers ---------------------------------------------------------------------- */

/* What a token or device endpoint may say (RFC 6749 5.2, RFC 8628 3.5). */
enum err
client_answer_error(struct str code)
{
	static const enum err known[] = {
		ERR_AUTHORIZATION_PENDING,
		ERR_SLOW_DOWN,
		ERR_CONFIRMATION_REQUIRED,
		ERR_ACCESS_DENIED,
		ERR_EXPIRED_TOKEN,
		ERR_INVALID_REQUEST,
		ERR_INVALID_CLIENT,
		ERR_INVALID_GRANT,
		ERR_INVALID_SCOPE,
		ERR_UNAUTHORIZED_CLIENT,
		ERR_UNSUPPORTED_GRANT_TYPE,
	};

	for (size_t i = 0; i < countof(known); i++)
		if (str_is(code, err_code(known[i])))
			return known[i];
	return ERR_INVALID_REQUEST;
}

int64_t
client_answer_seconds(const struct json *answer, const char *name, int64_t absent, int64_t most)
{
	int64_t ms = json_get_thousandths(answer, name, INT64_MIN);

	if (ms == INT64_MIN)
		return absent;
	if (ms <= 0)
		return 0;
	return ms / MS_PER_S >= most ? most : (ms + MS_PER_S - 1) / MS_PER_S;
}

static enum err
not_now(int status, struct diag *diag)
{
	return diag_set(diag, ERR_UNAVAILABLE,
		"the server answers with status %d%s; try again later", status,
		status == 429 ? ", too many requests" : "");
}

static enum err
judge_refusal(struct arena *arena, int status, const struct json *answer, struct diag *diag)
{
	struct str code = json_get_str(answer, "error");
	struct str description = json_get_str(answer, "error_description");

	/* Whatever it calls it, 429 was not looked at. */
	if (status >= 500 || (status == 429 && !str_is(code, "slow_down")))
		return not_now(status, diag);
	if (str_empty(code))
		return diag_set(diag, ERR_MALFORMED,
			"the server answers with status %d and no reason", status);
	description = client_terminal_clean(arena, str_first(description, 300), false);
	code = client_terminal_clean(arena, str_first(code, 64), false);
	return diag_set(diag, client_answer_error(json_get_str(answer, "error")), "%.*s%s%.*s",
		STR_ARG(code), description.n ? ": " : "", STR_ARG(description));
}

/* Parses an answer; with anything but status 200 that already decides it. */
enum err
client_answer_open(
	struct arena *arena, int status, struct str body, struct json **ret, struct diag *diag)
{
	struct json *answer = NULL;
	enum err e;

	if (json_parse_foreign(body, TOKEN_ANSWER_MAX, &answer, NULL)) {
		if (status >= 500 || status == 429)
			return not_now(status, diag);
		return diag_set(diag, ERR_MALFORMED,
			"the server's answer (status %d) is not the JSON object it should be",
			status);
	}
	if (status == 200) {
		*ret = answer;
		return OK;
	}
	e = judge_refusal(arena, status, answer, diag);
	json_free(answer);
	return e;
}

enum err
client_token_judge(struct arena *arena, int status, struct str body, struct token_reply *ret,
	struct diag *diag)
{
	struct json *answer;
	struct str token;
	enum err e;

	if ((e = client_answer_open(arena, status, body, &answer, diag)))
		return e;
	token = json_get_str(answer, "access_token");
	if (str_empty(token) || !str_is_printable(token) || str_has_char(token, ' ') ||
		!str_is_nocase(json_get_str(answer, "token_type"), "Bearer")) {
		json_free(answer);
		return diag_set(diag, ERR_MALFORMED, "the server's answer holds no bearer token");
	}
	*ret = (struct token_reply){
		.access_token = str_copy(arena, token),
		.token_type = STR("Bearer"),
		.refresh_token = str_copy(arena, json_get_str(answer, "refresh_token")),
		.id_token = str_copy(arena, json_get_str(answer, "id_token")),
		.scope = client_terminal_clean(arena, json_get_str(answer, "scope"), false),
		.expires_in_s = client_answer_seconds(
			answer, "expires_in", UNKNOWN_TOKEN_LIFE_S, LONGEST_TOKEN_LIFE_S),
	};
	json_free(answer);
	return OK;
}

/* ---- asking ------------------------------------------------------------------------------- */

enum err
client_identity_parse_auth(struct str text, struct client_identity *client)
{
	if (!str_is(text, "basic") && !str_is(text, "post"))
		return ERR_MALFORMED;
	client->secret_in_body = str_is(text, "post");
	return OK;
}

static struct str
form_encoded(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena, 3 * text.n);
	percent_encode(&out, text);
	return buf_str(&out);
}

void
client_identity_sign(
	const struct client_identity *client, struct arena *arena, struct fetch_request *request)
{
	if (str_empty(client->secret) || client->secret_in_body)
		return;
	request->user = form_encoded(arena, client->id);
	request->password = form_encoded(arena, client->secret);
}

void
client_token_form(struct buf *form, struct arena *arena, const struct client_identity *client,
	const char *grant_type)
{
	buf_init(form, arena, TOKEN_FORM_MAX);
	if (grant_type)
		form_add(form, "grant_type", str_of(grant_type));
	/* One method only (RFC 6749 section 2.3): with Basic, none of it in the body. */
	if (str_empty(client->secret) || client->secret_in_body)
		form_add(form, "client_id", client->id);
	if (!str_empty(client->secret) && client->secret_in_body)
		form_add(form, "client_secret", client->secret);
}

enum err
client_token_request(struct arena *arena, struct arena *scratch, const struct token_call *call,
	struct token_reply *ret, struct diag *diag)
{
	struct asking asking = {
		.request =
			{
				.url = call->server->token_endpoint,
				.form = buf_str(call->form),
				.timeout_ms = call->timeout_ms,
				.cancel_fd = call->cancel_fd,
				.ca_file = call->server->ca_file,
			},
		.patience_s = call->patience_s,
		.works_once = true,
	};
	struct fetch_reply reply;
	enum err e;

	if (!buf_ok(call->form))
		return diag_set(diag, ERR_TOO_LONG, "client id, secret or scope are too long");
	client_identity_sign(call->client, scratch, &asking.request);
	ret->retry_after_s = 0;
	if ((e = client_ask(scratch, &asking, &reply, diag)))
		return e;
	ret->retry_after_s = reply.retry_after_s;
	return client_token_judge(arena, reply.status, reply.body, ret, diag);
}

enum err
client_token_revoke(struct arena *arena, const struct discovery *server,
	const struct client_identity *client, struct str token, const char *hint, int cancel_fd,
	struct diag *diag)
{
	struct asking asking = {
		.request =
			{
				.url = server->revocation_endpoint,
				.cancel_fd = cancel_fd,
				.ca_file = server->ca_file,
			},
		.patience_s = ASK_PATIENCE_S,
	};
	struct fetch_reply reply;
	struct json *answer = NULL;
	struct buf form;
	enum err e;

	if (str_empty(asking.request.url))
		return diag_set(diag, ERR_NO_ROW, "this server cannot revoke tokens");
	client_token_form(&form, arena, client, NULL);
	form_add(&form, "token", token);
	form_add(&form, "token_type_hint", str_of(hint));
	asking.request.form = buf_str(&form);
	client_identity_sign(client, arena, &asking.request);
	if ((e = client_ask(arena, &asking, &reply, diag)))
		return e;
	/* RFC 7009 section 2.2: 200 whatever the token was; the body says nothing. */
	if (reply.status == 200)
		return OK;
	if ((e = client_answer_open(arena, reply.status, reply.body, &answer, diag)))
		return e;
	json_free(answer);
	return OK;
}
