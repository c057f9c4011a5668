/* Writes the replies of the loopback listener. */
#include "clients/loopback_page.h"

#include "lib/base/base64.h"
#include "lib/crypto/random.h"

enum { REPLY_MAX = 16 * 1024, NONCE_SIZE = 16 };

#define COMMON_HEADERS \
	"Cache-Control: no-store\r\n" \
	"Referrer-Policy: no-referrer\r\n" \
	"X-Content-Type-Options: nosniff\r\n" \
	"Connection: close\r\n"

/* That of the server's pages, in small. */
static const char style[] =
	":root{color-scheme:light dark}"
	"body{font:1rem/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;"
	"place-items:center;background:#f4f5f7;color:#1c2128}"
	"main{box-sizing:border-box;width:min(28rem,100% - 2rem);padding:2rem;background:#fff;"
	"border:1px solid #d5d9df;border-radius:.75rem;overflow-wrap:anywhere}"
	"h1{font-size:1.4rem;line-height:1.25;margin:0 0 .75rem}p{margin:0}"
	".name{font-weight:600;color:#57606a;margin:0 0 1.25rem}"
	"@media(prefers-color-scheme:dark){body{background:#0f1318;color:#e6e9ee}"
	"main{background:#181d24;border-color:#343b46}.name{color:#9aa4b2}}";

static void
add_escaped(struct buf *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<': buf_add_c(out, "&lt;"); break;
		case '>': buf_add_c(out, "&gt;"); break;
		case '&': buf_add_c(out, "&amp;"); break;
		case '"': buf_add_c(out, "&quot;"); break;
		case '\'': buf_add_c(out, "&#39;"); break;
		default: buf_add_char(out, *text);
		}
}

static struct str
html_of(struct arena *arena, struct str nonce, const char *title, const char *sentence)
{
	struct buf html;

	buf_init(&html, arena, REPLY_MAX);
	buf_add_printf(&html,
		"<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<style nonce=\"%.*s\">%s</style>\n<title>",
		STR_ARG(nonce), style);
	add_escaped(&html, title);
	buf_add_c(&html, "</title>\n<main>\n<p class=\"name\">authgate</p>\n<h1>");
	add_escaped(&html, title);
	buf_add_c(&html, "</h1>\n<p>");
	add_escaped(&html, sentence);
	buf_add_c(&html, "</p>\n</main>\n</html>\n");
	return buf_str(&html);
}

struct str
client_loopback_page(
	struct arena *arena, const char *status, const char *title, const char *sentence)
{
	unsigned char bytes[NONCE_SIZE] = {0};
	struct str nonce, html;
	struct buf out;

	/* Without randomness the page is only plainer: the nonce guards a style. */
	nonce = random_bytes(bytes, sizeof bytes) ? STR_NONE
						  : base64url(arena, bytes, sizeof bytes);
	html = html_of(arena, nonce, title, sentence);
	buf_init(&out, arena, REPLY_MAX);
	buf_add_printf(&out,
		"HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n"
		"Content-Length: %zu\r\n"
		"Content-Security-Policy: default-src 'none'; style-src 'nonce-%.*s'; "
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n" COMMON_HEADERS
		"\r\n%.*s",
		status, html.n, STR_ARG(nonce), STR_ARG(html));
	return buf_str(&out);
}

struct str
client_loopback_redirect(struct arena *arena, struct str location, struct str cookie)
{
	struct buf out;

	buf_init(&out, arena, REPLY_MAX);
	buf_add_printf(&out, "HTTP/1.1 303 See Other\r\nLocation: %.*s\r\nContent-Length: 0\r\n",
		STR_ARG(location));
	/* Lax: it comes back with a navigation that another site began. */
	if (cookie.n)
		buf_add_printf(&out, "Set-Cookie: %.*s; Path=/; HttpOnly; SameSite=Lax\r\n",
			STR_ARG(cookie));
	buf_add_c(&out, COMMON_HEADERS "\r\n");
	return buf_str(&out);
}
