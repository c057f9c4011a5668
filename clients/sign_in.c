/* Runs the flows. */
#include "clients/sign_in.h"

#include "clients/claims.h"
#include "clients/code_flow.h"
#include "clients/device.h"
#include "clients/id_token.h"
#include "clients/keys.h"
#include "clients/line.h"
#include "clients/loopback.h"
#include "clients/opener.h"
#include "clients/start_page.h"
#include "lib/base/clock.h"
#include "lib/base/url.h"

#include <unistd.h>

enum {
	BROWSER_WAIT_S = 180,
	WINDOWS_WAIT_S = 45, /* the way back from Windows is not always open */
	PASTE_MAX = 8 * 1024,
	PASTE_TRIES = 3,
	DIGITS_MAX = 32,
};

/* ---- device code -------------------------------------------------------------------------- */

static enum err
ask_digits(void *sign_in, bool again, struct str *ret)
{
	struct sign_in *s = sign_in;

	client_screen_note(s->screen,
		again ? "These are not the digits on the page. Type them again, and press Enter:"
		      : "Type the two digits that the page shows now, and press Enter:");
	return client_line_read(s->arena, DIGITS_MAX, s->cancel_fd, ret);
}

static void
tick(void *sign_in, int64_t left_s)
{
	struct sign_in *s = sign_in;

	client_screen_tick(s->screen, left_s);
}

static enum err
run_device(struct sign_in *s, struct token_reply *ret, struct diag *diag)
{
	struct device_flow flow = {
		.arena = s->arena,
		.server = s->server,
		.client = s->client,
		.scope = s->scope,
		.cancel_fd = s->cancel_fd,
		.timeout_s = s->timeout_s,
		.tick = tick,
		.ask_digits = ask_digits,
		.context = s,
	};
	const struct id_token_check check = {
		.server = s->server,
		.client_id = s->client.id,
		.cancel_fd = s->cancel_fd,
	};
	struct device_authorization authorization;
	struct token_reply reply;
	enum err e;

	e = client_device_request(&flow, &authorization, diag);
	/* Only who can type is of use to a server that wants digits. */
	if (e == ERR_CONFIRMATION_REQUIRED && isatty(STDIN_FILENO)) {
		flow.types_digits = true;
		e = client_device_request(&flow, &authorization, diag);
	}
	if (e)
		return e;
	client_screen_code(s->screen, s->server->issuer, &authorization);
	if ((e = client_device_wait(&flow, &authorization, &reply, diag)) ||
		(e = client_id_token_check(s->arena, &check, &reply, diag)))
		return e;
	*ret = reply;
	return OK;
}

/* ---- browser ------------------------------------------------------------------------------ */

struct browser {
	struct sign_in *s;
	struct keys keys;
	struct opener opener;
	struct start_page page;
	struct loopback_watch watches[2]; /* the keys, the opener */
	bool may_switch;
	const char *switch_reason; /* set: go on with a device code */
};

static enum err
key_pressed(void *context)
{
	struct browser *b = context;

	if (!client_keys_has(&b->keys, 'd')) {
		b->watches[0].fd = b->keys.fd;
		return OK;
	}
	b->switch_reason = "you asked for it";
	return ERR_CANCELLED;
}

static enum err
opener_ended(void *context)
{
	struct browser *b = context;

	b->watches[1].fd = -1;
	if (!client_opener_failed(&b->opener))
		return OK;
	if (b->may_switch) {
		b->switch_reason = "no browser could be opened";
		return ERR_CANCELLED;
	}
	client_screen_note(
		b->s->screen, "No browser could be opened; please open the address yourself.");
	return OK;
}

/* Other users of this machine read the arguments of every program.  Where the browser is
 * on another system, it cannot read a file here: there, being the only one has to do. */
static bool
start_opener(struct browser *b, struct loopback *loopback, struct str *url, struct diag *diag)
{
	struct surroundings around;
	struct str opened;
	bool is_elsewhere;

	if (b->s->no_open)
		return false;
	client_surroundings_look(&around);
	is_elsewhere = around.wsl || around.forwards_browser;
	if (client_loopback_guard(loopback, is_elsewhere, url, diag))
		return false;
	opened = *url;
	if (!is_elsewhere) {
		if (client_start_page_write(b->s->arena, *url, &b->page, diag))
			return false;
		opened = b->page.url;
	}
	if (client_opener_start(b->s->arena, opened, &b->opener, diag))
		return false;
	b->watches[1].fd = b->opener.fd;
	return true;
}

/* Waits with the keys and the opener watched; the terminal is put back after. */
static enum err
wait_for_browser(struct browser *b, struct loopback *loopback, const struct code_flow *flow,
	int64_t timeout_s, struct str *ret_code, struct diag *diag)
{
	const struct loopback_wait wait = {
		.flow = flow,
		.timeout_s = timeout_s,
		.tick = client_screen_tick,
		.context = b->s->screen,
		.watches = b->watches,
		.watch_count = countof(b->watches),
	};
	enum err e;

	if (b->may_switch && !b->s->screen->json) {
		client_keys_open(&b->keys);
		b->watches[0].fd = b->keys.fd;
	}
	e = client_loopback_wait(loopback, &wait, ret_code, diag);
	client_keys_close(&b->keys);
	client_opener_close(&b->opener);
	return e;
}

/* Who is signed in, and where: a person with several accounts sees which one it became. */
static const char *
signed_in_as(const struct sign_in *s, const struct token_reply *reply)
{
	struct claims claims = {.sub = STR_NONE};
	struct str account;
	struct url url;

	if (!client_claims_of_token(s->arena, reply->id_token, true, &claims))
		(void)client_claims_of_token(s->arena, reply->access_token, true, &claims);
	account = client_claims_account(&claims);
	if (url_parse(s->server->issuer, &url, NULL))
		url.host = s->server->issuer;
	return arena_printf(s->arena,
		"You are signed in to %.*s%s%.*s. You may close this window and go back to the "
		"terminal.",
		STR_ARG(url.host), account.n ? " as " : "", STR_ARG(account));
}

static void
show_last_page(const struct sign_in *s, struct loopback *loopback, enum err e,
	const struct token_reply *reply)
{
	if (!e)
		client_loopback_finish(loopback, "Signed in", signed_in_as(s, reply));
	else if (e == ERR_ACCESS_DENIED)
		client_loopback_finish(
			loopback, "Denied", "Nobody was signed in. You may close this window.");
	else
		client_loopback_finish(loopback, "Not signed in",
			"Something went wrong; the terminal tells what. "
			"You may close this window.");
}

static enum err
come_back(struct browser *b, struct loopback *loopback, struct code_flow *flow, int64_t timeout_s,
	struct token_reply *ret, struct diag *diag)
{
	struct browser_notice notice = {
		.issuer = b->s->server->issuer,
		.url = flow->url,
		.redirect_uri = loopback->redirect_uri,
		.may_switch = b->may_switch,
	};
	struct str code;
	enum err e;

	notice.opening = start_opener(b, loopback, &notice.url, diag);
	if (!notice.opening && !b->s->no_open && b->may_switch) {
		b->switch_reason = "no browser could be opened";
		return ERR_CANCELLED;
	}
	client_screen_browser(b->s->screen, &notice);
	e = wait_for_browser(b, loopback, flow, timeout_s, &code, diag);
	if (e == ERR_EXPIRED_TOKEN && b->may_switch)
		b->switch_reason = "the browser did not come back";
	if (e == ERR_CANCELLED || e == ERR_EXPIRED_TOKEN)
		return e;
	if (!e)
		e = client_code_exchange(flow, code, ret, diag);
	show_last_page(b->s, loopback, e, ret);
	return e;
}

static void
prepare_flow(const struct sign_in *s, const struct loopback *loopback, struct code_flow *ret)
{
	*ret = (struct code_flow){
		.arena = s->arena,
		.server = s->server,
		.client = s->client,
		.scope = s->scope,
		.redirect_uri = loopback->redirect_uri,
		.again = s->again,
		.cancel_fd = s->cancel_fd,
	};
}

/* *ret_reason, if set, asks for a device code instead. */
static enum err
run_browser(struct sign_in *s, bool may_switch, int64_t timeout_s, struct token_reply *ret,
	const char **ret_reason, struct diag *diag)
{
	struct browser b = {
		.s = s,
		.keys.fd = -1,
		.opener.fd = -1,
		.may_switch = may_switch,
		.watches = {{-1, key_pressed, NULL}, {-1, opener_ended, NULL}},
	};
	struct loopback loopback;
	struct code_flow flow;
	enum err e;

	if ((e = client_loopback_open(s->arena, s->redirect_uri, &loopback, diag))) {
		*ret_reason = may_switch && e == ERR_IO ? "no port is free here" : NULL;
		return e;
	}
	b.watches[0].context = b.watches[1].context = &b;
	prepare_flow(s, &loopback, &flow);
	if (!(e = client_code_begin(&flow, diag)))
		e = come_back(&b, &loopback, &flow, timeout_s, ret, diag);
	client_start_page_remove(&b.page);
	client_loopback_close(&loopback);
	*ret_reason = b.switch_reason;
	return e;
}

/* ---- pasting ------------------------------------------------------------------------------ */

static enum err
read_code(struct sign_in *s, const struct code_flow *flow, struct str *ret, struct diag *diag)
{
	enum err e = ERR_CSRF;

	for (int i = 0; i < PASTE_TRIES && e == ERR_CSRF; i++) {
		struct str line = STR_NONE, address;

		if (i)
			client_screen_note(s->screen,
				"That is not the address of this sign-in. "
				"Paste the whole address the browser ended at:");
		if ((e = client_line_read(s->arena, PASTE_MAX, s->cancel_fd, &line)))
			return diag_set(diag, e, "nothing was pasted");
		address = str_cut(&line, '#');
		(void)str_cut(&address, '?');
		e = client_code_judge(flow, address, ret, diag);
	}
	return e;
}

/* The port is held meanwhile, so that nobody else gets the code of a browser that
 * is on this machine after all. */
static enum err
run_paste(struct sign_in *s, struct token_reply *ret, struct diag *diag)
{
	struct browser_notice notice = {.issuer = s->server->issuer, .paste = true};
	struct loopback loopback;
	struct code_flow flow;
	struct str code = STR_NONE;
	enum err e;

	if ((e = client_loopback_open(s->arena, s->redirect_uri, &loopback, diag)))
		return e;
	prepare_flow(s, &loopback, &flow);
	if (!(e = client_code_begin(&flow, diag))) {
		notice.url = flow.url;
		notice.redirect_uri = loopback.redirect_uri;
		client_screen_browser(s->screen, &notice);
		e = read_code(s, &flow, &code, diag);
	}
	client_loopback_close(&loopback);
	return e ? e : client_code_exchange(&flow, code, ret, diag);
}

/* ---- choosing ----------------------------------------------------------------------------- */

static enum err
run_auto(struct sign_in *s, struct token_reply *ret, struct diag *diag)
{
	bool device = !str_empty(s->server->device_authorization_endpoint);
	bool browser = !str_empty(s->server->authorization_endpoint);
	struct surroundings around;
	const struct flow_choice *choice;
	const char *reason = NULL;
	int64_t timeout_s;
	enum err e;

	client_surroundings_look(&around);
	choice = client_flow_choose(&around);
	if (choice->flow == FLOW_NONE)
		return diag_set(diag, ERR_LOGIN_REQUIRED,
			"%s; set AUTHGATE_TOKEN, or say --device or --flow browser to sign in "
			"all the same",
			choice->reason);
	if (choice->flow == FLOW_BROWSER && browser) {
		timeout_s = s->timeout_s           ? s->timeout_s
			    : around.wsl && device ? WINDOWS_WAIT_S
						   : BROWSER_WAIT_S;
		client_screen_flow(s->screen, FLOW_BROWSER, choice->reason);
		e = run_browser(s, device, timeout_s, ret, &reason, diag);
		if (!reason)
			return e;
	} else {
		reason = choice->flow == FLOW_DEVICE ? choice->reason
						     : "the server has no browser sign-in";
	}
	client_screen_flow(s->screen, FLOW_DEVICE, reason);
	return run_device(s, ret, diag);
}

enum err
client_sign_in(struct sign_in *s, struct token_reply *ret, struct diag *diag)
{
	int64_t timeout_s = s->timeout_s ? s->timeout_s : BROWSER_WAIT_S;
	const char *reason;

	switch (s->flow) {
	case FLOW_BROWSER: return run_browser(s, false, timeout_s, ret, &reason, diag);
	case FLOW_DEVICE: return run_device(s, ret, diag);
	case FLOW_PASTE: return run_paste(s, ret, diag);
	default: return run_auto(s, ret, diag);
	}
}
