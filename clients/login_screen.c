/* Draws the sign-in. */
#include "clients/login_screen.h"

#include "lib/base/clock.h"
#include "lib/base/duration.h"
#include "lib/base/json.h"
#include "lib/base/url.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	TEXT_MAX = 64 * 1024,
	EVENT_MAX = 16 * 1024,
	LINE_MAX_BYTES = 256,
	LINES_USED = 7, /* beside the QR code, the waiting line included */
};

#define CLEAR_LINE "\r\033[K"

void
client_screen_open(struct login_screen *s, struct arena *arena, enum qr_when qr, bool json)
{
	const char *accessible = getenv("AUTHGATE_ACCESSIBLE");

	*s = (struct login_screen){
		.arena = arena,
		.qr = qr,
		.json = json,
		.waiting = "your approval",
		.keys = "Ctrl-C stops.",
	};
	client_terminal_look(STDERR_FILENO, &s->terminal);
	/* A screen reader would read a redrawn line again every second. */
	if (accessible && accessible[0])
		s->terminal.moves = false;
}

struct str
client_local_time(struct arena *arena, int64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm local;
	char text[32];

	if (!at_s || !localtime_r(&at, &local) ||
		!strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local))
		return STR("an unknown time");
	return str_copy(arena, str_of(text));
}

static void
put(FILE *file, const struct buf *text)
{
	(void)fwrite(text->p, 1, text->n, file);
	(void)fflush(file);
}

static void
close_line(struct login_screen *s)
{
	if (s->line_open)
		(void)fputs(CLEAR_LINE, stderr);
	s->line_open = false;
}

static void
event_open(struct login_screen *s, struct buf *event, const char *name)
{
	buf_init(event, s->arena, EVENT_MAX);
	json_open(event, '{');
	json_member_str(event, "event", str_of(name));
}

static void
event_close(struct buf *event)
{
	json_close(event, '}');
	buf_add_char(event, '\n');
	put(stdout, event);
}

static void
code_event(struct login_screen *s, struct str issuer, const struct device_authorization *a)
{
	struct buf event;

	event_open(s, &event, "device_code");
	json_member_str(&event, "issuer", issuer);
	json_member_str(&event, "user_code", a->user_code);
	json_member_str(&event, "verification_uri", a->verification_uri);
	if (!str_empty(a->verification_uri_complete))
		json_member_str(&event, "verification_uri_complete", a->verification_uri_complete);
	json_member_i64(&event, "expires_in", a->expires_in_s);
	json_member_i64(&event, "interval", a->interval_s);
	event_close(&event);
}

/* How people call the server: host, and the port if it says one. */
static struct str
shown_name(struct arena *arena, struct str issuer)
{
	struct url url;

	if (url_parse(issuer, &url, NULL) || str_empty(url.host))
		return issuer;
	if (str_empty(url.port))
		return url.host;
	return str_printf(arena, "%.*s:%.*s", STR_ARG(url.host), STR_ARG(url.port));
}

void
client_screen_flow(struct login_screen *s, enum login_flow flow, const char *reason)
{
	struct buf event;

	if (s->json) {
		event_open(s, &event, "flow");
		json_member_str(&event, "flow", str_of(client_flow_name(flow)));
		json_member_str(&event, "reason", str_of(reason));
		event_close(&event);
		return;
	}
	close_line(s);
	(void)fprintf(stderr, "Signing in with %s: %s.\n\n",
		flow == FLOW_DEVICE ? "a device code" : "the browser", reason);
}

void
client_screen_note(struct login_screen *s, const char *sentence)
{
	close_line(s);
	if (!s->json)
		(void)fprintf(stderr, "%s\n", sentence);
}

static void
browser_event(struct login_screen *s, const struct browser_notice *notice)
{
	struct buf event;

	event_open(s, &event, "browser");
	json_member_str(&event, "issuer", notice->issuer);
	json_member_str(&event, "authorization_uri", notice->url);
	json_member_str(&event, "redirect_uri", notice->redirect_uri);
	json_member_bool(&event, "opening", notice->opening);
	event_close(&event);
}

void
client_screen_browser(struct login_screen *s, const struct browser_notice *notice)
{
	struct buf text;

	if (s->json) {
		browser_event(s, notice);
		return;
	}
	s->waiting = "the browser";
	s->keys = notice->may_switch ? "d: device code instead, Ctrl-C: stop." : "Ctrl-C stops.";
	buf_init(&text, s->arena, TEXT_MAX);
	buf_add_printf(&text,
		notice->opening ? "Opening your browser to sign in to %.*s.\n"
				  "If nothing opens, go to:\n"
				: "To sign in to %.*s, go to:\n",
		STR_ARG(shown_name(s->arena, notice->issuer)));
	buf_add_printf(&text, "\n  %.*s\n\n", STR_ARG(notice->url));
	if (notice->paste)
		buf_add_printf(&text,
			"The browser will end at an address that begins with %.*s\n"
			"and, on another machine, cannot be shown there. "
			"Paste that whole address here:\n",
			STR_ARG(notice->redirect_uri));
	else if (!s->terminal.moves)
		buf_add_c(&text, "Waiting until the browser comes back.\n");
	put(stderr, &text);
}

void
client_screen_code(struct login_screen *s, struct str issuer, const struct device_authorization *a)
{
	const char *bold = s->terminal.color ? "\033[1m" : "";
	const char *big = s->terminal.color ? "\033[1;7m " : "";
	const char *plain = s->terminal.color ? "\033[0m" : "";
	/* In colour a blank belongs to the code, so that its letters stay where they are. */
	const char *gap = s->terminal.color ? " " : "  ";
	const char *pad = s->terminal.color ? " " : "";
	struct str complete = a->verification_uri_complete;
	struct buf text;

	if (s->json) {
		code_event(s, issuer, a);
		return;
	}
	s->waiting = "your approval";
	s->keys = "Ctrl-C stops.";
	buf_init(&text, s->arena, TEXT_MAX);
	buf_add_printf(&text, "Sign in to %.*s in any browser, on any device.\n\n",
		STR_ARG(shown_name(s->arena, issuer)));
	buf_add_printf(
		&text, "  Open            %s%.*s%s\n", bold, STR_ARG(a->verification_uri), plain);
	buf_add_printf(&text, "  and enter code%s%s%.*s%s%s\n", gap, big, STR_ARG(a->user_code),
		pad, plain);
	if (!str_empty(complete)) {
		buf_add_printf(&text, "\n  or open  %.*s\n", STR_ARG(complete));
		(void)client_qr_write(&text, complete, s->qr, &s->terminal, LINES_USED);
	}
	if (!s->terminal.moves)
		buf_add_printf(&text,
			"\nWaiting until you have approved it; the code lives %.*s.\n",
			STR_ARG(duration_words(s->arena, a->expires_in_s * MS_PER_S)));
	put(stderr, &text);
}

void
client_screen_tick(void *screen, int64_t left_s)
{
	struct login_screen *s = screen;
	struct terminal now;
	char line[LINE_MAX_BYTES];
	int columns;

	if (s->json || !s->terminal.moves)
		return;
	(void)snprintf(line, sizeof line, "Waiting for %s, %" PRId64 ":%02" PRId64 " left. %s",
		s->waiting, left_s / 60, left_s % 60, s->keys);
	/* It may have been resized; a line that wraps cannot be redrawn. */
	client_terminal_look(STDERR_FILENO, &now);
	columns = now.columns > 1 ? now.columns - 1 : 1;
	(void)fprintf(stderr, CLEAR_LINE "%.*s", columns, line);
	(void)fflush(stderr);
	s->line_open = true;
}

static void
signed_in_event(
	struct login_screen *s, const struct stored_token *token, const char *path, bool fresh)
{
	struct buf event;

	event_open(s, &event, "authorized");
	json_member_str(&event, "issuer", token->issuer);
	json_member_str(&event, "client_id", token->client_id);
	json_member_str(&event, "account", token->account);
	json_member_str(&event, "scope", token->scope);
	json_member_i64(&event, "expires_at", token->expires_at);
	json_member_bool(&event, "already_signed_in", !fresh);
	if (path)
		json_member_str(&event, "stored_in", str_of(path));
	event_close(&event);
}

void
client_screen_signed_in(
	struct login_screen *s, const struct stored_token *token, const char *path, bool fresh)
{
	int64_t from_s = fresh ? token->obtained_at : clock_now_ms() / MS_PER_S;
	int64_t left_s = token->expires_at - from_s;
	struct str account = client_terminal_clean(s->arena, token->account, s->terminal.utf8);

	close_line(s);
	if (s->json) {
		signed_in_event(s, token, path, fresh);
		return;
	}
	(void)fprintf(stderr, "%s to %.*s as %.*s", fresh ? "\nSigned in" : "Already signed in",
		STR_ARG(shown_name(s->arena, token->issuer)), STR_ARG(account));
	if (token->expires_at)
		(void)fprintf(stderr, ", for %.*s (until %.*s)",
			STR_ARG(duration_words(s->arena, left_s > 0 ? left_s * MS_PER_S : 0)),
			STR_ARG(client_local_time(s->arena, token->expires_at)));
	(void)fputs(".\n", stderr);
	if (path)
		(void)fprintf(stderr, "Kept in %s\n", path);
	if (!fresh)
		(void)fputs("To sign in again, add --force.\n", stderr);
}

void
client_screen_failed(struct login_screen *s, enum err e, const struct diag *diag)
{
	const char *why = diag->text[0] ? diag->text : err_sentence(e);
	struct buf event;

	close_line(s);
	if (s->json) {
		event_open(s, &event, e == ERR_CANCELLED ? "cancelled" : "failed");
		if (e != ERR_CANCELLED)
			json_member_str(&event, "error", str_of(err_code(e)));
		json_member_str(&event, "message", str_of(why));
		event_close(&event);
	}
	if (e == ERR_ACCESS_DENIED)
		(void)fputs("authgate: sign-in was denied in the browser.\n", stderr);
	else if (e == ERR_EXPIRED_TOKEN)
		(void)fputs("authgate: the time ran out before anybody approved. "
			    "Run the command again for a new code.\n",
			stderr);
	else if (e == ERR_CANCELLED)
		(void)fputs("authgate: stopped. Nothing was kept.\n", stderr);
	else
		(void)fprintf(stderr, "authgate: %s\n", why);
}
