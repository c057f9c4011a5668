/*
 * The connections of the loops: how many each address and network may hold, and which of
 * them are given up because nobody reads what they are sent, or sends much and does not end.
 *
 * h2o has no limit of time for a reply.  A peer that asks and does not read would hold its
 * connection, and the reply, for ever; one that reads a byte now and then would too,
 * whatever the kernel's TCP_USER_TIMEOUT says (listen.c).
 */
#include "lib/base/clock.h"
#include "server/engine/http_private.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* With TLS a whole record is read, of up to 16 KB. */
	AHEAD_MAX = 4 * 1024,
	/* Fewer are nobody's flood, whatever the others hold. */
	NETWORK_MIN = 64,
	/* For a reply to be taken: this long, and longer for a long one. */
	REPLY_S = 15,
	REPLY_BYTES_PER_S = 16 * 1024,
	/* More than this that waits for its peers, in all loops, is a flood: the longest connected
	 * are given up at once.  A reply is there as it was made and as it leaves, beside what
	 * belongs to the connection; of a request that has begun, the room that h2o
	 * has made for it. */
	STALLED_BYTES = 12 * 1024 * 1024,
	STALLED_MS = 100,
	CROWD_LOOK_US = 10 * 1000, /* a burst of large requests fills memory in no time */
	CONNECTION_BYTES = 16 * 1024,
	TLS_BYTES = 40 * 1024,          /* its state, and a record that has not come whole */
	REQUEST_USUAL_BYTES = 8 * 1024, /* many honest ones at once are no flood */
	CROWD = 128,
	/* So many less than there were: the heap has something to give back. */
	GONE_MIN = 64,
};

struct connection {
	struct loop *loop;
	h2o_socket_t *sock;
	struct connection *next, **link;
	struct party party;
	unsigned requests;              /* that came whole, ever */
	unsigned replies, replies_seen; /* ever; at the last look */
	size_t reply_size;              /* of the last one */
	int64_t waiting_since_us;       /* for the peer, between the same replies; 0: it is not */
	bool given_up;
};

/* ---- places ---- */

void
places_open(struct places *p, size_t max)
{
	(void)pthread_mutex_init(&p->lock, NULL);
	p->max = max;
	p->shares = shares_new(max);
}

void
places_close(struct places *p)
{
	shares_free(p->shares);
	(void)pthread_mutex_destroy(&p->lock);
}

static size_t
at_least(size_t n, size_t least)
{
	return n > least ? n : least;
}

/* A network may hold half as many as are free, and one of networks as many: whoever
 * comes from everywhere in it leaves room for others. */
static bool
has_room(const struct places *p, const struct party *party, size_t address_max)
{
	size_t room = p->max - p->held;
	const size_t limits[SHARES_LEVELS] = {
		address_max,
		at_least(room / 2, at_least(address_max, NETWORK_MIN)),
		at_least(room, at_least(address_max, NETWORK_MIN)),
	};

	for (size_t i = 0; i < SHARES_LEVELS; i++)
		if (party->levels[i] && shares_held(p->shares, party, i) >= limits[i])
			return false;
	return true;
}

static bool
take_place(struct places *p, const struct party *party, size_t address_max)
{
	bool taken;

	(void)pthread_mutex_lock(&p->lock);
	assert(p->held < p->max); /* each loop sees to that */
	taken = has_room(p, party, address_max);
	if (taken) {
		shares_take(p->shares, party);
		p->held++;
		p->taken = true;
		p->most = p->held > p->most ? p->held : p->most;
	}
	(void)pthread_mutex_unlock(&p->lock);
	return taken;
}

static void
give_place_back(struct places *p, const struct party *party)
{
	(void)pthread_mutex_lock(&p->lock);
	assert(p->held > 0);
	p->held--;
	shares_give_back(p->shares, party);
	(void)pthread_mutex_unlock(&p->lock);
}

bool
places_were_taken(struct places *p)
{
	bool were;

	(void)pthread_mutex_lock(&p->lock);
	were = p->taken || p->held;
	p->taken = false;
	(void)pthread_mutex_unlock(&p->lock);
	return were;
}

bool
places_have_emptied(struct places *p)
{
	bool emptied;

	(void)pthread_mutex_lock(&p->lock);
	emptied = p->most - p->held >= GONE_MIN;
	if (emptied)
		p->most = p->held;
	(void)pthread_mutex_unlock(&p->lock);
	return emptied;
}

/* ---- one connection ---- */

/* Trusted proxies speak for many; who comes by the admin socket is no stranger. */
static struct party
party_of(const struct loop *loop, h2o_socket_t *sock)
{
	struct sockaddr_storage storage = {.ss_family = AF_UNSPEC};
	struct party nobody = {{0}};
	struct ipaddr ip;

	if (loop->is_admin || !h2o_socket_getpeername(sock, (struct sockaddr *)&storage))
		return nobody;
	ip = listen_ipaddr(&storage);
	if (settings_trust(server_settings(loop->http->server), ip))
		return nobody;
	return party_of_address(ip);
}

static void
on_close(void *data)
{
	struct connection *c = data;
	struct loop *loop = c->loop;

	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	if (!loop->is_admin)
		give_place_back(&loop->http->places, &c->party);
	free(c);
	loop_connection_gone(loop);
}

/* The bytes may get lost if the peer has sent its request already; its own error is then
 * that the connection was closed. */
static void
refuse(struct loop *loop, h2o_socket_t *sock)
{
	static const char reply[] =
		"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
		"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 76\r\n\r\n"
		"There are too many connections from this address: close some and try again.\n";
	int fd = h2o_socket_get_fd(sock);

	metrics_add(loop->metrics, METRIC_CONNECTIONS_REFUSED, 0, 1);
	if (!loop->accept.ssl_ctx)
		(void)!send(fd, reply, sizeof reply - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	h2o_socket_close(sock);
}

bool
connection_begin(struct loop *loop, h2o_socket_t *sock)
{
	size_t address_max = (size_t)server_config(loop->http->server)->max_connections_per_address;
	struct party party = party_of(loop, sock);
	struct connection *c;

	if (!loop->is_admin && !take_place(&loop->http->places, &party, address_max)) {
		refuse(loop, sock);
		return false;
	}
	c = xcalloc(1, sizeof *c);
	*c = (struct connection){.loop = loop, .sock = sock, .party = party};
	c->next = loop->first;
	c->link = &loop->first;
	if (c->next)
		c->next->link = &c->next;
	loop->first = c;
	sock->on_close.cb = on_close;
	sock->on_close.data = c;
	return true;
}

static struct connection *
connection_of(h2o_req_t *req)
{
	return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

void
connection_note_request(h2o_req_t *req)
{
	connection_of(req)->requests++;
}

void
connection_note_reply(h2o_req_t *req, size_t size)
{
	struct connection *c = connection_of(req);

	c->replies++;
	c->reply_size = size;
}

/* Where the request ends in what has been read; 0: not known. */
static size_t
end_of(const h2o_req_t *req, const h2o_buffer_t *input)
{
	static const char empty_line[] = "\r\n\r\n";
	const char *end = NULL;

	if (h2o_find_header(&req->headers, H2O_TOKEN_TRANSFER_ENCODING, -1) != -1)
		return 0;
	if (req->entity.len) {
		end = req->entity.base + req->entity.len;
	} else {
		end = memmem(input->bytes, input->size, empty_line, sizeof empty_line - 1);
		end = end ? end + sizeof empty_line - 1 : input->bytes;
	}
	if (end < input->bytes || end > input->bytes + input->size)
		return 0;
	return (size_t)(end - input->bytes);
}

/* The pages go back to the system: h2o keeps the buffer, which the request points into. */
static void
forget_beyond(h2o_buffer_t *input, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = ((uintptr_t)input->bytes + size + page - 1) / page * page;
	uintptr_t end = ((uintptr_t)input->bytes + input->capacity) / page * page;

	input->size = size;
	if (begin < end)
		(void)madvise((void *)begin, end - begin, MADV_DONTNEED);
}

bool
connection_forgets_ahead(h2o_req_t *req)
{
	const h2o_socket_t *sock = req->conn->callbacks->get_socket(req->conn);
	h2o_buffer_t *input = sock->input;
	size_t end;

	if (!sock->ssl || input->size <= AHEAD_MAX || !(end = end_of(req, input)) ||
		input->size - end <= AHEAD_MAX)
		return false;
	forget_beyond(input, end);
	return true;
}

bool
connection_is_given_up(h2o_req_t *req)
{
	return connection_of(req)->given_up;
}

/* What is kept until the peer reads, or sends, on; 0: nothing to speak of, or it is we who are
 * waited for.  How long a request may take is h2o's affair (REQUEST_TIMEOUT_MS). */
static size_t
kept_bytes(const struct connection *c)
{
	size_t request = c->sock->input->capacity;
	size_t own = CONNECTION_BYTES + (c->sock->ssl ? TLS_BYTES : 0);

	if (h2o_socket_is_writing(c->sock))
		return own + 2 * c->reply_size;
	if (!c->sock->input->size || c->requests != c->replies || request <= REQUEST_USUAL_BYTES)
		return 0;
	return own + request;
}

static int64_t
waited_ms(struct connection *c, int64_t now_us)
{
	if (!c->waiting_since_us || c->replies != c->replies_seen) {
		c->replies_seen = c->replies;
		c->waiting_since_us = now_us;
	}
	return (now_us - c->waiting_since_us) / 1000;
}

static bool
reads_too_slowly(const struct connection *c, int64_t waited)
{
	int64_t limit_s = REPLY_S + (int64_t)(c->reply_size / REPLY_BYTES_PER_S);

	return h2o_socket_is_writing(c->sock) && waited > limit_s * MS_PER_S;
}

/* h2o then finds that it cannot write, goes on to the next request that was sent ahead, and
 * is told to close with the reply to that; or finds that the request ends too early.  The kernel is
 * not to keep what was not read. */
static void
give_up(struct connection *c)
{
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
	int fd = h2o_socket_get_fd(c->sock);

	c->given_up = true;
	metrics_add(c->loop->metrics, METRIC_CONNECTIONS_STALLED, 0, 1);
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	(void)shutdown(fd, SHUT_RDWR);
}

/* The newest come first. */
static void
look(struct loop *loop)
{
	size_t room = STALLED_BYTES / loop->http->loop_count;
	int64_t now_us = clock_monotonic_us();

	for (struct connection *c = loop->first; c; c = c->next) {
		size_t kept = c->given_up ? 0 : kept_bytes(c);
		int64_t waited = kept ? waited_ms(c, now_us) : (c->waiting_since_us = 0);

		if (!kept || (waited < STALLED_MS && h2o_socket_is_writing(c->sock)))
			continue;
		if (kept > room || reads_too_slowly(c, waited))
			give_up(c);
		else
			room -= kept;
	}
}

/* Whoever comes by the admin socket may read as slowly as they like. */
void
connections_look_later(struct loop *loop)
{
	h2o_context_t *h2o = &loop->context;
	bool soon = loop->connections > CROWD;

	if (loop->connections == CROWD + 1 && h2o_timeout_is_linked(&loop->look))
		h2o_timeout_unlink(&loop->look);
	if (!loop->connections || loop->is_admin || h2o_timeout_is_linked(&loop->look))
		return;
	h2o_timeout_link(
		h2o->loop, soon ? &h2o->hundred_ms_timeout : &h2o->one_sec_timeout, &loop->look);
}

void
connections_on_look(h2o_timeout_entry_t *entry)
{
	struct loop *loop = H2O_STRUCT_FROM_MEMBER(struct loop, look, entry);

	look(loop);
	connections_look_later(loop);
}

void
connections_look_in_crowd(struct loop *loop)
{
	int64_t now_us;

	if (loop->connections <= CROWD || loop->is_admin)
		return;
	now_us = clock_monotonic_us();
	if (now_us - loop->looked_us < CROWD_LOOK_US)
		return;
	loop->looked_us = now_us;
	look(loop);
}
