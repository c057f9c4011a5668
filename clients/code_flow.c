/* Sends the browser, judges its return, exchanges the code. */
#include "clients/code_flow.h"

#include "clients/ask.h"

#include "clients/id_token.h"
#include "clients/terminal.h"
#include "lib/base/base64.h"
#include "lib/base/form.h"
#include "lib/base/secret.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/random.h"

enum { RANDOM_SIZE = 32, URL_MAX = 8 * 1024, CODE_MAX = 4096 };

static enum err
new_random_text(struct arena *arena, struct str *ret)
{
	unsigned char bytes[RANDOM_SIZE];
	enum err e;

	if ((e = random_bytes(bytes, sizeof bytes)))
		return e;
	*ret = base64url(arena, bytes, sizeof bytes);
	return OK;
}

static struct str
challenge_of(struct arena *arena, struct str verifier)
{
	struct digest digest = sha256(verifier);

	return base64url(arena, digest.bytes, sizeof digest.bytes);
}

static enum err
write_url(struct code_flow *flow, struct diag *diag)
{
	struct buf url;

	buf_init(&url, flow->arena, URL_MAX);
	buf_add(&url, flow->server->authorization_endpoint);
	/* RFC 6749 section 3.1: the endpoint may have a query of its own. */
	if (!str_has_char(buf_str(&url), '?'))
		buf_add_char(&url, '?');
	form_add(&url, "response_type", STR("code"));
	form_add(&url, "client_id", flow->client.id);
	form_add(&url, "redirect_uri", flow->redirect_uri);
	if (!str_empty(flow->scope))
		form_add(&url, "scope", flow->scope);
	form_add(&url, "state", flow->state);
	form_add(&url, "nonce", flow->nonce);
	form_add(&url, "code_challenge", challenge_of(flow->arena, flow->verifier));
	form_add(&url, "code_challenge_method", STR("S256"));
	if (flow->again)
		form_add(&url, "prompt", STR("login"));
	if (!buf_ok(&url))
		return diag_set(diag, ERR_TOO_LONG, "client id and scope are too long");
	flow->url = buf_str(&url);
	return OK;
}

enum err
client_code_begin(struct code_flow *flow, struct diag *diag)
{
	enum err e;

	if (str_empty(flow->server->authorization_endpoint))
		return diag_set(diag, ERR_UNSUPPORTED_GRANT_TYPE,
			"this server does not offer sign-in in a browser");
	if ((e = new_random_text(flow->arena, &flow->state)) ||
		(e = new_random_text(flow->arena, &flow->nonce)) ||
		(e = new_random_text(flow->arena, &flow->verifier)))
		return diag_set(diag, e, "the system gives no random numbers");
	return write_url(flow, diag);
}

static bool
is_our_state(const struct code_flow *flow, struct str state)
{
	return flow->state.n && state.n == flow->state.n &&
	       equal_in_constant_time(state.p, flow->state.p, state.n);
}

static enum err
judge_issuer(const struct code_flow *flow, struct str iss, struct diag *diag)
{
	if (str_empty(iss) && flow->server->sends_iss)
		return diag_set(diag, ERR_MALFORMED,
			"the browser's answer does not say which server it is from");
	if (!str_empty(iss) && !str_eq(iss, flow->server->issuer))
		return diag_set(diag, ERR_MALFORMED,
			"the browser's answer is from another server; nothing was sent there");
	return OK;
}

static enum err
judge_error(struct arena *arena, const struct form *answer, struct diag *diag)
{
	struct str code = form_get(answer, "error");
	struct str text = form_get(answer, "error_description");
	enum err e = client_answer_error(code);

	code = client_terminal_clean(arena, str_first(code, 64), false);
	text = client_terminal_clean(arena, str_first(text, 300), false);
	return diag_set(diag, e, "%.*s%s%.*s", STR_ARG(code), text.n ? ": " : "", STR_ARG(text));
}

enum err
client_code_judge(
	const struct code_flow *flow, struct str query, struct str *ret_code, struct diag *diag)
{
	struct form *answer = arena_new(flow->arena, struct form);
	struct str code;
	enum err e;

	if (form_parse(flow->arena, query, answer, NULL) ||
		!is_our_state(flow, form_get(answer, "state")))
		return diag_set(diag, ERR_CSRF, "this answer belongs to another sign-in");
	if (!str_empty(form_repeated(answer)))
		return diag_set(diag, ERR_MALFORMED, "the browser's answer repeats itself");
	if ((e = judge_issuer(flow, form_get(answer, "iss"), diag)))
		return e;
	if (!str_empty(form_get(answer, "error")))
		return judge_error(flow->arena, answer, diag);
	code = form_get(answer, "code");
	if (str_empty(code) || code.n > CODE_MAX || !str_is_printable(code))
		return diag_set(diag, ERR_MALFORMED, "the browser's answer holds no code");
	*ret_code = str_copy(flow->arena, code);
	return OK;
}

enum err
client_code_exchange(
	const struct code_flow *flow, struct str code, struct token_reply *ret, struct diag *diag)
{
	const struct id_token_check check = {
		.server = flow->server,
		.client_id = flow->client.id,
		.nonce = flow->nonce,
		.cancel_fd = flow->cancel_fd,
	};
	struct token_reply reply;
	struct buf form;
	const struct token_call call = {
		.server = flow->server,
		.client = &flow->client,
		.form = &form,
		.patience_s = ASK_PATIENCE_S,
		.cancel_fd = flow->cancel_fd,
	};
	enum err e;

	client_token_form(&form, flow->arena, &flow->client, "authorization_code");
	form_add(&form, "code", code);
	form_add(&form, "redirect_uri", flow->redirect_uri);
	form_add(&form, "code_verifier", flow->verifier);
	if ((e = client_token_request(flow->arena, flow->arena, &call, &reply, diag)) ||
		(e = client_id_token_check(flow->arena, &check, &reply, diag)))
		return e;
	*ret = reply;
	return OK;
}
