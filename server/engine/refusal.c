/*
 * What h2o answers by itself, because it cannot read a request to its end: a
 * body that is too large, a broken chunk (which is for server/engine/chunks.h to say), an
 * unknown coding or expectation.  A
 * filter on the path of such replies makes them look like ours: our headers, and
 * an OAuth error as the body.  (Bytes in which h2o finds no request line it
 * answers below its filters, with "Bad Request" and no more.)
 */
#include "server/engine/chunks.h"
#include "server/engine/head.h"
#include "server/engine/http_private.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 512, PARSER_WANTS_MORE = -2 };

/* h2o calls its parsers by these names and through the dynamic linker, which
 * finds the program's before the library's: these are called. */
ssize_t phr_decode_chunked(struct chunks *, char *bytes, size_t *size);
int phr_parse_request(const char *bytes, size_t size, const char **method, size_t *method_size,
	const char **path, size_t *path_size, int *minor_version, void *headers,
	size_t *header_count, size_t size_before);

typedef int parser(const char *, size_t, const char **, size_t *, const char **, size_t *, int *,
	void *, size_t *, size_t);

#ifdef H2O_IS_STATIC
/* The name that the parser has in an archive of h2o: packaging/rpm/authgate.spec gives it. */
int h2o_phr_parse_request(const char *, size_t, const char **, size_t *, const char **, size_t *,
	int *, void *, size_t *, size_t);

static parser *
find_theirs(void)
{
	return h2o_phr_parse_request;
}
#else
static parser *
find_theirs(void)
{
	void *found = dlsym(RTLD_NEXT, "phr_parse_request");
	parser *parse;

	if (!found)
		abort();
	memcpy(&parse, &found, sizeof parse); /* POSIX lets an object pointer be one */
	return parse;
}
#endif

/* h2o would keep 400 KB of a head that does not end.  It is told of a request that is as long
 * as what has come, which server/engine/head.c then refuses by what it really says. */
int
phr_parse_request(const char *bytes, size_t size, const char **method, size_t *method_size,
	const char **path, size_t *path_size, int *minor_version, void *headers,
	size_t *header_count, size_t size_before)
{
	static _Atomic(parser *) theirs;
	parser *parse = atomic_load_explicit(&theirs, memory_order_relaxed);
	int n;

	if (!parse) {
		parse = find_theirs();
		atomic_store_explicit(&theirs, parse, memory_order_relaxed);
	}
	n = parse(bytes, size, method, method_size, path, path_size, minor_version, headers,
		header_count, size_before);
	if (n != PARSER_WANTS_MORE || size <= HEAD_MAX)
		return n;
	*method = "GET";
	*method_size = 3;
	*path = "/";
	*path_size = 1;
	*minor_version = 1;
	*header_count = 0;
	return (int)size;
}

/* h2o knows broken bodies only, and answers them before it reads anything else. */
static _Thread_local bool is_too_large;

ssize_t
phr_decode_chunked(struct chunks *chunks, char *bytes, size_t *size)
{
	ptrdiff_t n = chunks_decode(chunks, bytes, size);

	is_too_large = n == CHUNKS_TOO_LARGE;
	return is_too_large ? CHUNKS_BROKEN : n;
}

_Static_assert(
	sizeof(struct chunks) == 16 && offsetof(struct chunks, trailers) == 8, "as large as h2o's");

struct refusal {
	h2o_ostream_t super;
	h2o_iovec_t body;
};

static h2o_iovec_t
body_of(h2o_req_t *req)
{
	enum err e = req->res.status == err_status(ERR_BODY_TOO_LARGE) ? ERR_BODY_TOO_LARGE
								       : ERR_INVALID_REQUEST;
	char *text = h2o_mem_alloc_pool(&req->pool, BODY_MAX);
	int n = snprintf(text, BODY_MAX, "{\"error\":\"%s\",\"error_description\":\"%s\"}",
		err_code(e), err_sentence(e));

	return h2o_iovec_init(text, (size_t)n);
}

static void
send_body(h2o_ostream_t *self, h2o_req_t *req, h2o_iovec_t *bufs, size_t count,
	h2o_send_state_t state)
{
	struct refusal *r = (struct refusal *)self;

	/* There is none in the reply to HEAD. */
	h2o_ostream_send_next(self, req, count ? &r->body : bufs, count ? 1 : 0, state);
}

static void
begin(h2o_filter_t *self, h2o_req_t *req, h2o_ostream_t **slot)
{
	const struct headset *set = &((struct loop *)req->conn->ctx)->http->headers_private;
	struct refusal *r = (struct refusal *)h2o_add_ostream(req, sizeof *r, slot);

	(void)self;
	if (is_too_large)
		req->res.status = err_status(ERR_BODY_TOO_LARGE);
	is_too_large = false;
	r->super.do_send = send_body;
	r->body = body_of(req);
	req->res.reason = reply_reason(req->res.status);
	req->res.content_length = r->body.len;
	req->res.headers = (h2o_headers_t){NULL};
	h2o_vector_reserve(&req->pool, &req->res.headers, set->count + 1);
	memcpy(req->res.headers.entries, set->list, set->count * sizeof set->list[0]);
	req->res.headers.size = set->count;
	h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("content-type"), 0, NULL,
		H2O_STRLIT("application/json"));
	h2o_setup_next_ostream(req, &r->super.next);
}

void
refusal_register(h2o_hostconf_t *host)
{
	h2o_filter_t *filter = h2o_create_filter(&host->fallback_path, sizeof *filter);

	filter->on_setup_ostream = begin;
}
