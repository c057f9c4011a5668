/* Every request goes through a multi handle, because only that can wait for another
 * descriptor (cancellation, keys) while it waits for the network. */
#include "lib/http/fetch.h"

#include "lib/base/buf.h"
#include "lib/base/url.h"
#include "lib/http/libcurl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 1000 };

struct fetch_set {
	const struct libcurl *curl;
	CURLM *multi;
};

struct fetch_call {
	const struct libcurl *curl;
	CURL *easy;
	CURLM *multi;
	struct arena *arena;
	struct curl_slist *headers;
	struct buf body;
	struct str host;
	struct str socket;
	bool is_over;
	CURLcode code; /* once it is over */
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
receive(char *bytes, size_t size, size_t count, void *call)
{
	struct fetch_call *t = call;

	buf_add(&t->body, (struct str){bytes, size * count});
	return buf_ok(&t->body) ? size * count : 0;
}

/* Values are checked for line ends by the callers' types: url_parse for URLs;
 * a bearer token must be printable. */
static enum err
set_headers(struct fetch_call *t, struct arena *arena, const struct fetch_request *r)
{
	struct str accept = str_empty(r->accept) ? STR("application/json") : r->accept;
	struct curl_slist *more;

	if (!str_is_printable(r->bearer) || !str_is_printable(accept) ||
		!str_is_printable(r->if_match))
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
	if (t->headers && r->if_match.n) {
		more = t->curl->slist_append(
			t->headers, arena_printf(arena, "If-Match: %.*s", STR_ARG(r->if_match)));
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
set_trust(struct fetch_call *t, struct arena *arena, const struct fetch_request *r)
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
set_options(struct fetch_call *t, struct arena *arena, const struct fetch_request *r,
	const struct url *url)
{
	__typeof__(t->curl->easy_setopt) set = t->curl->easy_setopt;
	CURL *c = t->easy;
	long timeout_ms = r->timeout_ms > 0 ? (long)r->timeout_ms : FETCH_TIMEOUT_MS;

	set(c, CURLOPT_URL, str_c(arena, r->url));
	set(c, CURLOPT_PROTOCOLS_STR, str_is(url->scheme, "http") ? "http" : "https");
	set(c, CURLOPT_FOLLOWLOCATION, 0L);
	set(c, CURLOPT_PATH_AS_IS, 1L);
	set(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	set(c, CURLOPT_NOSIGNAL, 1L);
	set(c, CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_TIMEOUT_MS);
	set(c, CURLOPT_TIMEOUT_MS, timeout_ms);
	set(c, CURLOPT_USERAGENT, "authgate/" AUTHGATE_VERSION);
	set(c, CURLOPT_HTTPHEADER, t->headers);
	set(c, CURLOPT_WRITEFUNCTION, receive);
	set(c, CURLOPT_WRITEDATA, t);
	set(c, CURLOPT_PRIVATE, t);
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

/* OpenSSL's X509_V_ERR_ for a chain that ends in nobody who is trusted. */
static bool
is_unknown_authority(const struct fetch_call *t)
{
	long result = 0;

	if (t->code != CURLE_PEER_FAILED_VERIFICATION)
		return false;
	t->curl->easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &result);
	return result >= 18 && result <= 21;
}

/* A Unix socket has no host and no port to speak of. */
static enum err
explain_socket(const struct fetch_call *t, struct diag *diag)
{
	long why = 0;

	t->curl->easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &why);
	return diag_set(diag, ERR_NETWORK, "%.*s: %s", STR_ARG(t->socket),
		why ? strerror((int)why) : "nobody answers");
}

static enum err
explain(const struct fetch_call *t, struct diag *diag)
{
	if (!buf_ok(&t->body) || t->code == CURLE_FILESIZE_EXCEEDED)
		return diag_set(diag, ERR_TOO_LONG, "%.*s: the answer is longer than %d bytes",
			STR_ARG(t->host), FETCH_BODY_MAX);
	if (t->socket.n && t->code == CURLE_COULDNT_CONNECT)
		return explain_socket(t, diag);
	if (t->code == CURLE_SSL_CACERT_BADFILE)
		return diag_set(diag, ERR_NETWORK,
			"%.*s: the certificates to trust cannot be read; look at --ca-file, "
			"CURL_CA_BUNDLE and SSL_CERT_FILE",
			STR_ARG(t->host));
	return diag_set(diag, ERR_NETWORK, "%.*s: %s%s", STR_ARG(t->socket.n ? t->socket : t->host),
		t->error[0] ? t->error : t->curl->easy_strerror(t->code),
		is_unknown_authority(t)
			? "; if a private authority signed it, name its certificate: "
			  "--ca-file FILE, or SSL_CERT_FILE"
			: "");
}

static void
read_head(struct fetch_call *t, struct fetch_reply *ret)
{
	curl_off_t retry_after_s = 0;
	long status = 0;
	const char *type = NULL;
	struct curl_header *etag = NULL;

	t->curl->easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->curl->easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	t->curl->easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
	if (retry_after_s > FETCH_RETRY_AFTER_MAX_S)
		retry_after_s = FETCH_RETRY_AFTER_MAX_S;
	if (t->curl->easy_header(t->easy, "etag", 0, CURLH_HEADER, -1, &etag))
		etag = NULL;
	*ret = (struct fetch_reply){
		.etag = str_copy(t->arena, str_of(etag ? etag->value : NULL)),
		.retry_after_s = retry_after_s,
		.status = (int)status,
		.content_type = str_copy(t->arena, str_of(type)),
		.body = buf_str(&t->body),
	};
}

enum err
fetch_set_new(struct fetch_set **ret, struct diag *diag)
{
	const struct libcurl *curl = libcurl_get(diag);
	struct fetch_set *set;
	CURLM *multi;

	if (!curl)
		return ERR_NETWORK;
	if (!(multi = curl->multi_init()))
		return diag_set(diag, ERR_INTERNAL, "the HTTP library did not start");
	set = xcalloc(1, sizeof *set);
	*set = (struct fetch_set){curl, multi};
	*ret = set;
	return OK;
}

void
fetch_set_free(struct fetch_set *set)
{
	if (set)
		(void)set->curl->multi_cleanup(set->multi);
	free(set);
}

enum err
fetch_begin(struct fetch_set *set, struct arena *arena, const struct fetch_request *r,
	struct fetch_call **ret, struct diag *diag)
{
	struct fetch_call *t;
	struct url url;
	enum err e;

	if ((e = judge_url(r->url, r->allow_http, &url, diag)))
		return e;
	t = arena_new(arena, struct fetch_call);
	*t = (struct fetch_call){.curl = set->curl,
		.multi = set->multi,
		.arena = arena,
		.host = str_copy(arena, url.host),
		.socket = str_copy(arena, r->socket)};
	buf_init(&t->body, arena, FETCH_BODY_MAX);
	if (!(t->easy = set->curl->easy_init()))
		return diag_set(diag, ERR_INTERNAL, "the HTTP library did not start");
	if (!(e = set_headers(t, arena, r))) {
		set_options(t, arena, r, &url);
		if (!set->curl->multi_add_handle(set->multi, t->easy)) {
			*ret = t;
			return OK;
		}
		e = ERR_INTERNAL;
	}
	(void)diag_set(diag, e, "%.*s: a request header is malformed", STR_ARG(t->host));
	fetch_end(t);
	return e;
}

/* Notes which of them have ended; whether any has. */
static bool
settle(struct fetch_set *set)
{
	CURLMsg *message;
	bool any = false;
	int left;

	while ((message = set->curl->multi_info_read(set->multi, &left))) {
		struct fetch_call *t = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		set->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
		t->is_over = any = true;
		t->code = message->data.result;
	}
	return any;
}

enum err
fetch_wait(struct fetch_set *set, int fd, int timeout_ms, bool *ret_readable)
{
	struct curl_waitfd wait = {.fd = fd, .events = CURL_WAIT_POLLIN};
	int running;

	*ret_readable = false;
	if (set->curl->multi_perform(set->multi, &running))
		return ERR_INTERNAL;
	if (settle(set))
		return OK;
	if (set->curl->multi_poll(set->multi, &wait, fd >= 0 ? 1 : 0, timeout_ms, NULL))
		return ERR_INTERNAL;
	*ret_readable = fd >= 0 && wait.revents;
	if (set->curl->multi_perform(set->multi, &running))
		return ERR_INTERNAL;
	(void)settle(set);
	return OK;
}

bool
fetch_is_over(const struct fetch_call *t)
{
	return t->is_over;
}

enum err
fetch_result(struct fetch_call *t, struct fetch_reply *ret, struct diag *diag)
{
	enum err e = OK;

	assert(t->is_over);
	if (t->code != CURLE_OK)
		e = explain(t, diag);
	else
		read_head(t, ret);
	fetch_end(t);
	return e;
}

void
fetch_end(struct fetch_call *t)
{
	if (!t || !t->easy)
		return;
	(void)t->curl->multi_remove_handle(t->multi, t->easy);
	t->curl->slist_free_all(t->headers);
	t->curl->easy_cleanup(t->easy);
	t->easy = NULL;
}

static enum err
run(struct fetch_set *set, struct fetch_call *t, int cancel_fd)
{
	int fd = cancel_fd > FETCH_NO_CANCEL ? cancel_fd : -1;
	bool cancelled = false;

	while (!t->is_over) {
		enum err e;

		if ((e = fetch_wait(set, fd, POLL_MS, &cancelled)))
			return e;
		if (cancelled && !t->is_over)
			return ERR_CANCELLED;
	}
	return OK;
}

enum err
fetch(struct arena *arena, const struct fetch_request *r, struct fetch_reply *ret,
	struct diag *diag)
{
	struct fetch_set *set;
	struct fetch_call *t = NULL;
	enum err e;

	if ((e = fetch_set_new(&set, diag)))
		return e;
	if (!(e = fetch_begin(set, arena, r, &t, diag))) {
		if ((e = run(set, t, r->cancel_fd)))
			(void)diag_set(diag, e, "%.*s: %s", STR_ARG(t->host), err_sentence(e));
		else
			e = fetch_result(t, ret, diag);
	}
	fetch_end(t);
	fetch_set_free(set);
	return e;
}
