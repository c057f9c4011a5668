/* Drives one easy handle through a multi handle, because only that can wait for
 * a second descriptor (cancellation) while it waits for the network. */
#include "lib/http/fetch.h"

#include "lib/base/buf.h"
#include "lib/base/url.h"
#include "lib/http/libcurl.h"

#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 1000 };

struct transfer {
	const struct libcurl *curl;
	CURL *easy;
	CURLM *multi;
	struct curl_slist *headers;
	struct buf body;
	struct str host;
	char error[CURL_ERROR_SIZE];
};

static enum err
judge_url(struct str text, bool allow_http, struct url *ret, struct diag *diag)
{
	enum err e;

	if ((e = url_parse(text, ret, diag)))
		return e;
	if (str_empty(ret->host) || ret->has_userinfo || ret->has_fragment)
		return diag_set(diag, ERR_MALFORMED,
			"a web address needs a host and may hold neither user name nor fragment");
	if (str_is(ret->scheme, "https"))
		return OK;
	if (!str_is(ret->scheme, "http"))
		return diag_set(diag, ERR_MALFORMED, "the address must begin with https://");
	if (allow_http || url_is_loopback(ret))
		return OK;
	return diag_set(diag, ERR_FORBIDDEN,
		"%.*s: plain http is refused, because anyone on the way could read it; use https",
		STR_ARG(ret->host));
}

bool
fetch_url_is_safe(struct str url)
{
	struct url parts;

	return judge_url(url, false, &parts, NULL) == OK;
}

static size_t
receive(char *bytes, size_t size, size_t count, void *transfer)
{
	struct transfer *t = transfer;

	buf_add(&t->body, (struct str){bytes, size * count});
	return buf_ok(&t->body) ? size * count : 0;
}

/* Values are checked for line ends by the callers' types: url_parse for URLs;
 * a bearer token must be printable. */
static enum err
set_headers(struct transfer *t, struct arena *arena, const struct fetch_request *r)
{
	struct str accept = str_empty(r->accept) ? STR("application/json") : r->accept;
	struct curl_slist *more;

	if (!str_is_printable(r->bearer) || !str_is_printable(accept))
		return ERR_MALFORMED;
	t->headers =
		t->curl->slist_append(NULL, arena_printf(arena, "Accept: %.*s", STR_ARG(accept)));
	if (t->headers && !str_empty(r->bearer)) {
		more = t->curl->slist_append(t->headers,
			arena_printf(arena, "Authorization: Bearer %.*s", STR_ARG(r->bearer)));
		if (!more)
			return ERR_INTERNAL;
		t->headers = more;
	}
	if (t->headers && r->json.p) {
		more = t->curl->slist_append(t->headers, "Content-Type: application/json");
		if (!more)
			return ERR_INTERNAL;
		t->headers = more;
	}
	return t->headers ? OK : ERR_INTERNAL;
}

static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* A file that was named stands alone.  SSL_CERT_FILE and SSL_CERT_DIR each replace their
 * half of the system's store, as OpenSSL has it. */
static void
set_trust(struct transfer *t, struct arena *arena, const struct fetch_request *r)
{
	__typeof__(t->curl->easy_setopt) set = t->curl->easy_setopt;
	const char *bundle = r->ca_file.n ? str_c(arena, r->ca_file) : variable("CURL_CA_BUNDLE");
	const char *file = variable("SSL_CERT_FILE"), *directory = variable("SSL_CERT_DIR");

	if (bundle) {
		set(t->easy, CURLOPT_CAINFO, bundle);
		set(t->easy, CURLOPT_CAPATH, NULL);
		return;
	}
	if (file)
		set(t->easy, CURLOPT_CAINFO, file);
	if (directory)
		set(t->easy, CURLOPT_CAPATH, directory);
}

static void
set_options(struct transfer *t, struct arena *arena, const struct fetch_request *r,
	const struct url *url)
{
	__typeof__(t->curl->easy_setopt) set = t->curl->easy_setopt;
	CURL *c = t->easy;
	long timeout_ms = r->timeout_ms > 0 ? (long)r->timeout_ms : FETCH_TIMEOUT_MS;

	set(c, CURLOPT_URL, str_c(arena, r->url));
	set(c, CURLOPT_PROTOCOLS_STR, str_is(url->scheme, "http") ? "http" : "https");
	set(c, CURLOPT_FOLLOWLOCATION, 0L);
	set(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	set(c, CURLOPT_NOSIGNAL, 1L);
	set(c, CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_TIMEOUT_MS);
	set(c, CURLOPT_TIMEOUT_MS, timeout_ms);
	set(c, CURLOPT_USERAGENT, "authgate/" AUTHGATE_VERSION);
	set(c, CURLOPT_HTTPHEADER, t->headers);
	set(c, CURLOPT_WRITEFUNCTION, receive);
	set(c, CURLOPT_WRITEDATA, t);
	set(c, CURLOPT_ERRORBUFFER, t->error);
	set(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)FETCH_BODY_MAX);
	if (!str_empty(r->password)) {
		set(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		set(c, CURLOPT_USERNAME, str_c(arena, r->user));
		set(c, CURLOPT_PASSWORD, str_c(arena, r->password));
	}
	if (url_is_loopback(url))
		set(c, CURLOPT_PROXY, "");
	set_trust(t, arena, r);
	if (r->socket.n)
		set(c, CURLOPT_UNIX_SOCKET_PATH, str_c(arena, r->socket));
	if (r->json.p) {
		set(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->json.n);
		set(c, CURLOPT_POSTFIELDS, r->json.p);
	}
	if (r->method.n)
		set(c, CURLOPT_CUSTOMREQUEST, str_c(arena, r->method));
	if (r->form.p) {
		set(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->form.n);
		set(c, CURLOPT_POSTFIELDS, r->form.p);
	}
}

/* Reads the outcome of the one transfer, if it has ended. */
static bool
has_ended(const struct transfer *t, CURLcode *ret)
{
	int left;
	CURLMsg *message = t->curl->multi_info_read(t->multi, &left);

	if (!message || message->msg != CURLMSG_DONE)
		return false;
	*ret = message->data.result;
	return true;
}

static enum err
run(struct transfer *t, int cancel_fd, CURLcode *ret)
{
	struct curl_waitfd wait = {.fd = cancel_fd, .events = CURL_WAIT_POLLIN};
	unsigned waits = cancel_fd > FETCH_NO_CANCEL;
	int running;

	for (;;) {
		if (t->curl->multi_perform(t->multi, &running))
			return ERR_INTERNAL;
		if (has_ended(t, ret))
			return OK;
		if (t->curl->multi_poll(t->multi, &wait, waits, POLL_MS, NULL))
			return ERR_INTERNAL;
		if (waits && wait.revents)
			return ERR_CANCELLED;
	}
}

/* OpenSSL's X509_V_ERR_ for a chain that ends in nobody who is trusted. */
static bool
is_unknown_authority(const struct transfer *t, CURLcode code)
{
	long result = 0;

	if (code != CURLE_PEER_FAILED_VERIFICATION)
		return false;
	t->curl->easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &result);
	return result >= 18 && result <= 21;
}

static enum err
explain(const struct transfer *t, CURLcode code, struct diag *diag)
{
	if (!buf_ok(&t->body) || code == CURLE_FILESIZE_EXCEEDED)
		return diag_set(diag, ERR_TOO_LONG, "%.*s: the answer is longer than %d bytes",
			STR_ARG(t->host), FETCH_BODY_MAX);
	if (code == CURLE_SSL_CACERT_BADFILE)
		return diag_set(diag, ERR_NETWORK,
			"%.*s: the certificates to trust cannot be read; look at --ca-file, "
			"CURL_CA_BUNDLE and SSL_CERT_FILE",
			STR_ARG(t->host));
	return diag_set(diag, ERR_NETWORK, "%.*s: %s%s", STR_ARG(t->host),
		t->error[0] ? t->error : t->curl->easy_strerror(code),
		is_unknown_authority(t, code)
			? "; if a private authority signed it, name its certificate: "
			  "--ca-file FILE, or SSL_CERT_FILE"
			: "");
}

static void
read_head(struct transfer *t, struct arena *arena, struct fetch_reply *ret)
{
	curl_off_t retry_after_s = 0;
	long status = 0;
	const char *type = NULL;

	t->curl->easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->curl->easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	t->curl->easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
	if (retry_after_s > FETCH_RETRY_AFTER_MAX_S)
		retry_after_s = FETCH_RETRY_AFTER_MAX_S;
	*ret = (struct fetch_reply){
		.retry_after_s = retry_after_s,
		.status = (int)status,
		.content_type = str_copy(arena, str_of(type)),
		.body = buf_str(&t->body),
	};
}

enum err
fetch(struct arena *arena, const struct fetch_request *r, struct fetch_reply *ret,
	struct diag *diag)
{
	struct transfer t = {0};
	struct url url;
	CURLcode code = CURLE_OK;
	enum err e;

	if ((e = judge_url(r->url, r->allow_http, &url, diag)))
		return e;
	if (!(t.curl = libcurl_get(diag)))
		return ERR_NETWORK;
	t.host = url.host;
	buf_init(&t.body, arena, FETCH_BODY_MAX);
	t.easy = t.curl->easy_init();
	t.multi = t.curl->multi_init();
	if (!t.easy || !t.multi) {
		e = diag_set(diag, ERR_INTERNAL, "the HTTP library did not start");
		goto out;
	}
	if ((e = set_headers(&t, arena, r))) {
		diag_set(diag, e, "%.*s: a request header is malformed", STR_ARG(t.host));
		goto out;
	}
	set_options(&t, arena, r, &url);
	t.curl->multi_add_handle(t.multi, t.easy);
	if ((e = run(&t, r->cancel_fd, &code)))
		diag_set(diag, e, "%.*s: %s", STR_ARG(t.host), err_sentence(e));
	else if (code != CURLE_OK)
		e = explain(&t, code, diag);
	else
		read_head(&t, arena, ret);
	t.curl->multi_remove_handle(t.multi, t.easy);
out:
	t.curl->slist_free_all(t.headers);
	t.curl->easy_cleanup(t.easy);
	t.curl->multi_cleanup(t.multi);
	return e;
}
