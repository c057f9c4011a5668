/* One request as libcurl wants it. */
#include "lib/http/transfer.h"

#include "lib/base/url.h"
#include "lib/http/destination.h"
#include "lib/http/proxy.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* ---- where it may lead ---- */

static enum err
judge_url(const struct fetch_request *r, struct url *ret, struct diag *diag)
{
	enum err e;

	if ((e = url_parse(r->url, ret, diag)))
		return e;
	if (str_empty(ret->host) || ret->has_userinfo || ret->has_fragment)
		return diag_set(diag, ERR_MALFORMED,
			"a web address needs a host and may hold neither user name nor fragment");
	if (r->by_stranger && !destination_allows_host(r->allowed, ret->host))
		return diag_set(diag, ERR_FORBIDDEN, "%.*s: this host is not on the Internet",
			STR_ARG(ret->host));
	if (str_is(ret->scheme, "https"))
		return OK;
	if (!str_is(ret->scheme, "http"))
		return diag_set(diag, ERR_MALFORMED, "the address must begin with https://");
	if (r->allow_http || url_is_loopback(ret))
		return OK;
	return diag_set(diag, ERR_FORBIDDEN,
		"%.*s: plain http is refused, because anyone on the way could read it; use https",
		STR_ARG(ret->host));
}

bool
fetch_url_is_safe(struct str url)
{
	const struct fetch_request request = {.url = url};
	struct url parts;

	return judge_url(&request, &parts, NULL) == OK;
}

struct str
fetch_head_get(struct str head, const char *name, size_t *ret_count)
{
	struct str found = STR_NONE;
	size_t count = 0;

	while (head.n) {
		struct str line = str_cut(&head, '\n');
		struct str key = str_cut(&line, ':');

		if (!str_is_nocase(key, name))
			continue;
		if (str_ends(line, STR("\r")))
			line.n--;
		if (!count++)
			found = str_trim(line);
	}
	if (ret_count)
		*ret_count = count;
	return found;
}

static struct ipaddr
address_of(const struct curl_sockaddr *peer)
{
	struct ipaddr a = {.size = 0};

	if (peer->family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, &peer->addr, sizeof in);
		memcpy(a.bytes, &in.sin_addr, a.size = 4);
	} else if (peer->family == AF_INET6) {
		struct sockaddr_in6 in;

		memcpy(&in, &peer->addr, sizeof in);
		memcpy(a.bytes, &in.sin6_addr, a.size = 16);
	}
	return a;
}

/* The last look at where a stranger's address leads: at what is connected to, after
 * all names have been resolved, so that no second answer of a name server counts. */
static curl_socket_t
open_socket(void *transfer, curlsocktype purpose, struct curl_sockaddr *peer)
{
	struct transfer *t = transfer;
	struct ipaddr a = address_of(peer);

	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	if (!a.size || !destination_allows(t->allowed, a)) {
		t->refused = a;
		return CURL_SOCKET_BAD;
	}
	return socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
}

/* Through a proxy, the proxy is what is connected to, and it decides where that leads.
 * A connection that was made for somebody else has not been judged, and one that
 * was made for a stranger is nobody else's. */
static void
watch_destination(struct transfer *t, const struct fetch_request *r, const struct url *url)
{
	__typeof__(t->curl->easy_setopt) set = t->curl->easy_setopt;
	const char *proxy = proxy_for(url);

	t->allowed = r->allowed;
	set(t->easy, CURLOPT_FRESH_CONNECT, 1L);
	set(t->easy, CURLOPT_FORBID_REUSE, 1L);
	set(t->easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	set(t->easy, CURLOPT_PROXY, proxy);
	set(t->easy, CURLOPT_NOPROXY, "");
	if (*proxy)
		return;
	set(t->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	set(t->easy, CURLOPT_OPENSOCKETDATA, t);
}

/* ---- the request ---- */

static size_t
receive(char *bytes, size_t size, size_t count, void *transfer)
{
	struct transfer *t = transfer;

	buf_add(&t->body, (struct str){bytes, size * count});
	return buf_ok(&t->body) ? size * count : 0;
}

/* An informational answer (100, 103) and the final one come one after the other: a line that
 * begins an answer begins the head anew. */
static size_t
receive_head(char *bytes, size_t size, size_t count, void *transfer)
{
	struct transfer *t = transfer;
	struct str line = {bytes, size * count};

	if (str_starts(line, STR("HTTP/")))
		buf_reset(&t->head);
	buf_add(&t->head, line);
	return buf_ok(&t->head) ? line.n : 0;
}

static enum err
add_header(struct transfer *t, const char *name, struct str value)
{
	struct curl_slist *more;

	if (!str_is_printable(value))
		return ERR_MALFORMED;
	more = t->curl->slist_append(
		t->headers, arena_printf(t->arena, "%s: %.*s", name, STR_ARG(value)));
	if (!more)
		return ERR_INTERNAL;
	t->headers = more;
	return OK;
}

static enum err
set_headers(struct transfer *t, const struct fetch_request *r)
{
	enum err e;

	if ((e = add_header(
		     t, "Accept", str_empty(r->accept) ? STR("application/json") : r->accept)))
		return e;
	if (!str_empty(r->bearer) &&
		(e = add_header(t, "Authorization",
			 str_printf(t->arena, "Bearer %.*s", STR_ARG(r->bearer)))))
		return e;
	if (r->if_match.n && (e = add_header(t, "If-Match", r->if_match)))
		return e;
	if (r->json.p && (e = add_header(t, "Content-Type", STR("application/json"))))
		return e;
	for (size_t i = 0; i < r->header_count; i++)
		if ((e = add_header(t, r->headers[i].name, r->headers[i].value)))
			return e;
	return OK;
}

static void
set_body(struct transfer *t, const struct fetch_request *r)
{
	__typeof__(t->curl->easy_setopt) set = t->curl->easy_setopt;
	struct str body = r->json.p ? r->json : r->form;

	if (body.p) {
		set(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
		set(t->easy, CURLOPT_POSTFIELDS, body.p);
	}
	if (r->method.n)
		set(t->easy, CURLOPT_CUSTOMREQUEST, str_c(t->arena, r->method));
}

static size_t
body_max(const struct fetch_request *r)
{
	return r->body_max ? r->body_max : FETCH_BODY_MAX;
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
set_trust(struct transfer *t, const struct fetch_request *r)
{
	__typeof__(t->curl->easy_setopt) set = t->curl->easy_setopt;
	const char *bundle =
		r->ca_file.n ? str_c(t->arena, r->ca_file) : variable("CURL_CA_BUNDLE");
	const char *file = variable("SSL_CERT_FILE"), *directory = variable("SSL_CERT_DIR");

	if (bundle) {
		set(t->easy, CURLOPT_CAINFO, bundle);
		set(t->easy, CURLOPT_CAPATH, NULL);
		return;
	}
	if (!file)
		file = libcurl_bundle();
	if (file)
		set(t->easy, CURLOPT_CAINFO, file);
	if (directory)
		set(t->easy, CURLOPT_CAPATH, directory);
}

static void
set_tls(struct transfer *t, const struct fetch_request *r)
{
	__typeof__(t->curl->easy_setopt) set = t->curl->easy_setopt;

	set(t->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	set_trust(t, r);
	if (r->insecure) {
		set(t->easy, CURLOPT_SSL_VERIFYPEER, 0L);
		set(t->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void
set_options(struct transfer *t, const struct fetch_request *r, const struct url *url)
{
	__typeof__(t->curl->easy_setopt) set = t->curl->easy_setopt;
	CURL *c = t->easy;
	long timeout_ms = r->timeout_ms > 0 ? (long)r->timeout_ms : FETCH_TIMEOUT_MS;

	set(c, CURLOPT_URL, str_c(t->arena, r->url));
	set(c, CURLOPT_PROTOCOLS_STR, str_is(url->scheme, "http") ? "http" : "https");
	set(c, CURLOPT_FOLLOWLOCATION, 0L);
	set(c, CURLOPT_PATH_AS_IS, 1L);
	set(c, CURLOPT_NOSIGNAL, 1L);
	/* A name server that does not answer must not be waited for after the end. */
	set(c, CURLOPT_QUICK_EXIT, 1L);
	set(c, CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_TIMEOUT_MS);
	set(c, CURLOPT_TIMEOUT_MS, timeout_ms);
	set(c, CURLOPT_USERAGENT, "authgate/" AUTHGATE_VERSION);
	set(c, CURLOPT_HTTPHEADER, t->headers);
	set(c, CURLOPT_WRITEFUNCTION, receive);
	set(c, CURLOPT_WRITEDATA, t);
	if (r->wants_head) {
		set(c, CURLOPT_HEADERFUNCTION, receive_head);
		set(c, CURLOPT_HEADERDATA, t);
	}
	set(c, CURLOPT_ERRORBUFFER, t->error);
	set(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)body_max(r));
	set_tls(t, r);
	if (!str_empty(r->password)) {
		set(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		set(c, CURLOPT_USERNAME, str_c(t->arena, r->user));
		set(c, CURLOPT_PASSWORD, str_c(t->arena, r->password));
	}
	if (url_is_loopback(url))
		set(c, CURLOPT_PROXY, "");
	if (r->by_stranger)
		watch_destination(t, r, url);
	if (r->socket.n)
		set(c, CURLOPT_UNIX_SOCKET_PATH, str_c(t->arena, r->socket));
	set_body(t, r);
}

enum err
transfer_init(struct transfer *t, const struct libcurl *curl, struct arena *arena,
	const struct fetch_request *r, struct diag *diag)
{
	struct url url;
	enum err e;

	*t = (struct transfer){.arena = arena};
	if ((e = judge_url(r, &url, diag)))
		return e;
	t->curl = curl;
	t->host = str_copy(arena, url.host);
	t->socket = str_copy(arena, r->socket);
	buf_init(&t->body, arena, body_max(r));
	buf_init(&t->head, arena, FETCH_HEAD_MAX);
	if (!(t->easy = curl->easy_init()))
		return diag_set(diag, ERR_INTERNAL, "the HTTP library did not start");
	if ((e = set_headers(t, r)))
		return diag_set(diag, e, "%.*s: a request header is malformed", STR_ARG(t->host));
	set_options(t, r, &url);
	return OK;
}

void
transfer_free(struct transfer *t)
{
	if (!t->easy)
		return;
	t->curl->slist_free_all(t->headers);
	t->curl->easy_cleanup(t->easy);
	t->headers = NULL;
	t->easy = NULL;
}

/* ---- its end ---- */

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

/* A Unix socket has no host and no port to speak of. */
static enum err
explain_socket(const struct transfer *t, struct diag *diag)
{
	long why = 0;

	t->curl->easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &why);
	return diag_set(diag, ERR_NETWORK, "%.*s: %s", STR_ARG(t->socket),
		why ? strerror((int)why) : "nobody answers");
}

static enum err
explain(const struct transfer *t, CURLcode code, struct diag *diag)
{
	if (t->refused.size)
		return diag_set(diag, ERR_FORBIDDEN,
			"%.*s: it leads to %.*s, which is not on the Internet", STR_ARG(t->host),
			STR_ARG(ipaddr_text(t->arena, t->refused)));
	if (!buf_ok(&t->body) || code == CURLE_FILESIZE_EXCEEDED)
		return diag_set(diag, ERR_TOO_LONG, "%.*s: the answer is longer than %zu bytes",
			STR_ARG(t->host), t->body.max);
	if (t->socket.n && code == CURLE_COULDNT_CONNECT)
		return explain_socket(t, diag);
	if (code == CURLE_SSL_CACERT_BADFILE)
		return diag_set(diag, ERR_NETWORK,
			"%.*s: the certificates to trust cannot be read; look at --ca-file, "
			"CURL_CA_BUNDLE and SSL_CERT_FILE",
			STR_ARG(t->host));
	return diag_set(diag, ERR_NETWORK, "%.*s: %s%s", STR_ARG(t->socket.n ? t->socket : t->host),
		t->error[0] ? t->error : t->curl->easy_strerror(code),
		is_unknown_authority(t, code)
			? "; if a private authority signed it, name its certificate: "
			  "--ca-file FILE, or SSL_CERT_FILE"
			: "");
}

static int64_t
retry_after_s(const struct transfer *t)
{
	curl_off_t seconds = 0;

	t->curl->easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &seconds);
	/* Less than nothing is nothing that was said. */
	if (seconds < 0)
		return 0;
	return seconds < FETCH_RETRY_AFTER_MAX_S ? (int64_t)seconds : FETCH_RETRY_AFTER_MAX_S;
}

enum err
transfer_outcome(struct transfer *t, CURLcode code, struct fetch_reply *ret, struct diag *diag)
{
	struct curl_header *etag = NULL;
	long status = 0;
	const char *type = NULL;

	t->curl->easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	ret->status = (int)status;
	if (code != CURLE_OK)
		return explain(t, code, diag);
	t->curl->easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	if (t->curl->easy_header(t->easy, "etag", 0, CURLH_HEADER, -1, &etag))
		etag = NULL;
	*ret = (struct fetch_reply){
		.etag = str_copy(t->arena, str_of(etag ? etag->value : NULL)),
		.status = (int)status,
		.content_type = str_copy(t->arena, str_of(type)),
		.body = buf_str(&t->body),
		.head = buf_str(&t->head),
		.retry_after_s = retry_after_s(t),
	};
	return OK;
}
