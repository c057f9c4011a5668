/* Listens on loopback, answers small requests, waits for the one that counts. */
#include "clients/loopback.h"

#include "clients/bootclock.h"
#include "clients/loopback_page.h"
#include "clients/loopback_request.h"
#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/secret.h"
#include "lib/base/url.h"
#include "lib/crypto/random.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BACKLOG = 16,
	BIND_TRIES = 8,
	CONNECTION_LIFE_MS = 10000,
	FINISH_MS = 2000,
	WATCHES_MAX = 2,
	PORT_MAX = 65535,
	SECRET_BYTES = 32,
};

struct loopback_connection {
	int fd; /* 0: free; standard input never is one of ours */
	int64_t until_ms;
	size_t n;
	char bytes[LOOPBACK_HEAD_MAX];
};

/* ---- binding ------------------------------------------------------------------------------ */

static int
bind_one(int family, int port)
{
	struct sockaddr_in v4 = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	const struct sockaddr *address = family == AF_INET ? (const struct sockaddr *)(void *)&v4
							   : (const struct sockaddr *)(void *)&v6;
	socklen_t size = family == AF_INET ? sizeof v4 : sizeof v6;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	/* Only after a chosen port was in use: a picked one is fresh. */
	if (port)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, address, size) || listen(fd, BACKLOG)) {
		int why = errno;

		(void)close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

static int
port_of(int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof address;

	if (getsockname(fd, (struct sockaddr *)(void *)&address, &size))
		return 0;
	if (address.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
	return ntohs(((struct sockaddr_in6 *)(void *)&address)->sin6_port);
}

/* localhost may lead a browser to either address, so both must be ours: if the
 * port is somebody else's on [::1], another one is tried. */
static int
bind_both(struct loopback *l, int port)
{
	for (int i = 0; i < BIND_TRIES; i++) {
		int v4 = bind_one(AF_INET, port);
		int found = v4 < 0 ? 0 : port_of(v4);
		int v6;

		if (v4 < 0)
			return 0;
		v6 = bind_one(AF_INET6, found);
		if (v6 >= 0 || errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) {
			l->sockets[l->socket_count++] = v4;
			if (v6 >= 0)
				l->sockets[l->socket_count++] = v6;
			return found;
		}
		(void)close(v4);
		if (port)
			return 0;
	}
	return 0;
}

static int
bind_host(struct loopback *l, struct str host, int port)
{
	int fd;

	if (str_is(host, "localhost"))
		return bind_both(l, port);
	fd = bind_one(str_has_char(host, ':') ? AF_INET6 : AF_INET, port);
	if (fd < 0)
		return 0;
	l->sockets[l->socket_count++] = fd;
	return port_of(fd);
}

static enum err
judge_redirect_uri(struct str text, struct url *ret, int64_t *ret_port, struct diag *diag)
{
	*ret_port = 0;
	if (url_parse(text, ret, NULL) || !str_is(ret->scheme, "http") || !url_is_loopback(ret) ||
		ret->has_query || ret->has_fragment || ret->has_userinfo ||
		str_is(ret->path, LOOPBACK_DONE) || str_starts(ret->path, STR(LOOPBACK_START)) ||
		(ret->port.n && (str_to_i64(ret->port, ret_port) || *ret_port > PORT_MAX)))
		return diag_set(diag, ERR_MALFORMED,
			"the redirect URI must be like http://127.0.0.1/callback, with or "
			"without a port");
	return OK;
}

enum err
client_loopback_open(
	struct arena *arena, struct str redirect_uri, struct loopback *ret, struct diag *diag)
{
	struct loopback l = {.arena = arena};
	struct str path;
	struct url url;
	int64_t wanted;
	int port;
	enum err e;

	if (str_empty(redirect_uri))
		redirect_uri = STR("http://127.0.0.1/callback");
	if ((e = judge_redirect_uri(redirect_uri, &url, &wanted, diag)))
		return e;
	if (!(port = bind_host(&l, url.host, (int)wanted)))
		return diag_set(diag, ERR_IO, "no browser can come back to %.*s: %s",
			STR_ARG(redirect_uri), strerror(errno));
	path = url.path;
	l.authority = str_printf(arena, str_has_char(url.host, ':') ? "[%.*s]:%d" : "%.*s:%d",
		STR_ARG(url.host), port);
	l.redirect_uri = str_printf(arena, "http://%.*s%.*s", STR_ARG(l.authority), STR_ARG(path));
	l.path = path.n ? str_copy(arena, path) : STR("/");
	l.connections = arena_array(arena, struct loopback_connection, LOOPBACK_CONNECTIONS);
	*ret = l;
	return OK;
}

enum err
client_loopback_guard(struct loopback *l, bool only_once, struct str *ret_url, struct diag *diag)
{
	unsigned char bytes[2][SECRET_BYTES];
	struct str start, cookie;

	if (random_bytes(bytes, sizeof bytes))
		return diag_set(diag, ERR_CRYPTO, "the system gives no random numbers");
	start = base64url(l->arena, bytes[0], sizeof bytes[0]);
	cookie = base64url(l->arena, bytes[1], sizeof bytes[1]);
	l->start = str_printf(l->arena, LOOPBACK_START "%.*s", STR_ARG(start));
	/* Cookies know no ports: two sign-ins at a time need two names. */
	l->cookie = str_printf(
		l->arena, "authgate-sign-in-%d=%.*s", port_of(l->sockets[0]), STR_ARG(cookie));
	l->only_once = only_once;
	*ret_url =
		str_printf(l->arena, "http://%.*s%.*s", STR_ARG(l->authority), STR_ARG(l->start));
	return OK;
}

static void
drop(struct loopback_connection *c)
{
	if (c->fd)
		(void)close(c->fd);
	c->fd = 0;
	c->n = 0;
}

void
client_loopback_close(struct loopback *l)
{
	for (size_t i = 0; i < l->socket_count; i++)
		(void)close(l->sockets[i]);
	for (size_t i = 0; l->connections && i < LOOPBACK_CONNECTIONS; i++)
		drop(&l->connections[i]);
	l->socket_count = 0;
}

/* ---- connections -------------------------------------------------------------------------- */

/* A free place, or that of the connection that has waited longest: browsers open
 * some in advance and say nothing. */
static struct loopback_connection *
place_for_new(struct loopback *l)
{
	struct loopback_connection *oldest = &l->connections[0];

	for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++) {
		if (!l->connections[i].fd)
			return &l->connections[i];
		if (l->connections[i].until_ms < oldest->until_ms)
			oldest = &l->connections[i];
	}
	drop(oldest);
	return oldest;
}

static void
accept_from(struct loopback *l, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct loopback_connection *c;

	if (fd < 0)
		return;
	if (fd == 0) {
		(void)close(fd);
		return;
	}
	c = place_for_new(l);
	c->fd = fd;
	c->until_ms = client_bootclock_ms() + CONNECTION_LIFE_MS;
}

/* Small enough for a fresh socket's buffer: what does not fit is lost. */
static void
answer(struct loopback_connection *c, struct str reply)
{
	(void)send(c->fd, reply.p, reply.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(c->fd, SHUT_WR);
	drop(c);
}

/* True when a whole head is there; answers by itself what can never become one. */
static bool
receive(struct loopback *l, struct loopback_connection *c, struct str *ret_head)
{
	ssize_t n = recv(c->fd, c->bytes + c->n, sizeof c->bytes - c->n, 0);
	size_t head;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		drop(c);
		return false;
	}
	c->n += (size_t)n;
	head = client_loopback_head_size((struct str){c->bytes, c->n});
	if (head) {
		*ret_head = (struct str){c->bytes, head};
		return true;
	}
	if (c->n == sizeof c->bytes)
		answer(c, client_loopback_page(l->arena, "431 Request Header Fields Too Large",
				  "Too long", "This is not what authgate is waiting for."));
	return false;
}

/* ---- requests ----------------------------------------------------------------------------- */

/* What one turn of the loop is for. */
struct turn {
	const struct code_flow *flow; /* NULL: the answer is in, show the last page */
	const char *title;
	const char *sentence;
	struct str code;
	struct diag *diag;
	bool over;
	enum err outcome;
};

/* Of secrets: in constant time. */
static bool
is_same(struct str given, struct str wanted)
{
	return wanted.n && given.n == wanted.n &&
	       equal_in_constant_time(given.p, wanted.p, wanted.n);
}

static bool
has_cookie(struct str cookies, struct str wanted)
{
	while (cookies.n)
		if (is_same(str_trim(str_cut(&cookies, ';')), wanted))
			return true;
	return false;
}

static struct str
answer_start(struct loopback *l, struct turn *turn)
{
	if (l->only_once && l->started) {
		turn->over = true;
		turn->outcome = diag_set(turn->diag, ERR_CSRF,
			"the address of this sign-in was opened twice: somebody else on this "
			"machine may have read it; sign in with --device");
		return client_loopback_page(l->arena, "410 Gone", "Opened already",
			"This address works once. The terminal tells what to do.");
	}
	l->started = true;
	return client_loopback_redirect(l->arena, turn->flow->url, l->cookie);
}

static struct str
answer_callback(struct loopback *l, struct turn *turn, const struct loopback_request *request)
{
	struct diag diag = {{0}};

	if (!turn->flow)
		return client_loopback_page(
			l->arena, "410 Gone", "Used already", "This sign-in has had its answer.");
	turn->outcome = client_code_judge(turn->flow, request->query, &turn->code, &diag);
	if (turn->outcome == ERR_CSRF)
		return client_loopback_page(l->arena, "400 Bad Request", "Not this sign-in",
			"This answer belongs to another sign-in. Nothing was done with it.");
	if (l->start.n && !has_cookie(request->cookies, l->cookie))
		return client_loopback_page(l->arena, "403 Forbidden", "Not this browser",
			"This sign-in was begun in another browser, or this one keeps no cookies. "
			"Nothing was done with it: open the address that the terminal shows.");
	if (turn->diag)
		*turn->diag = diag;
	turn->over = true;
	return client_loopback_redirect(l->arena, STR(LOOPBACK_DONE), STR_NONE);
}

static struct str
answer_request(struct loopback *l, struct turn *turn, struct str head)
{
	struct loopback_request request;
	enum err e = client_loopback_request_parse(head, l->authority, &request);

	if (e)
		return client_loopback_page(l->arena,
			e == ERR_METHOD_NOT_ALLOWED ? "405 Method Not Allowed\r\nAllow: GET"
						    : "400 Bad Request",
			"Not understood", "This is not what authgate is waiting for.");
	if (str_eq(request.path, l->path))
		return answer_callback(l, turn, &request);
	if (turn->flow && is_same(request.path, l->start))
		return answer_start(l, turn);
	if (str_is(request.path, LOOPBACK_DONE) && !turn->flow) {
		turn->over = true;
		return client_loopback_page(l->arena, "200 OK", turn->title, turn->sentence);
	}
	return client_loopback_page(l->arena, "404 Not Found", "Nothing here",
		"authgate waits here for a sign-in to come back.");
}

/* ---- waiting ------------------------------------------------------------------------------ */

static int
remaining_ms(int64_t until_ms)
{
	int64_t left_ms = until_ms - client_bootclock_ms();

	return left_ms <= 0 ? 0 : left_ms > MS_PER_S ? MS_PER_S : (int)left_ms;
}

static void
serve(struct loopback *l, struct turn *turn, const struct pollfd *fds)
{
	int64_t now_ms = client_bootclock_ms();
	struct str head;

	for (size_t i = 0; i < LOOPBACK_CONNECTIONS && !turn->over; i++) {
		struct loopback_connection *c = &l->connections[i];

		if (c->fd && fds[LOOPBACK_SOCKETS + i].fd == c->fd &&
			fds[LOOPBACK_SOCKETS + i].revents && receive(l, c, &head))
			answer(c, answer_request(l, turn, head));
		else if (c->fd && c->until_ms < now_ms)
			drop(c);
	}
	for (size_t i = 0; i < l->socket_count; i++)
		if (fds[i].revents)
			accept_from(l, l->sockets[i]);
}

enum { FDS_OWN = LOOPBACK_SOCKETS + LOOPBACK_CONNECTIONS, FDS_ALL = FDS_OWN + WATCHES_MAX + 1 };

static void
fill_fds(const struct loopback *l, struct pollfd fds[FDS_ALL])
{
	for (size_t i = 0; i < FDS_ALL; i++)
		fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
	for (size_t i = 0; i < l->socket_count; i++)
		fds[i].fd = l->sockets[i];
	for (size_t i = 0; i < LOOPBACK_CONNECTIONS; i++)
		if (l->connections[i].fd)
			fds[LOOPBACK_SOCKETS + i].fd = l->connections[i].fd;
}

static enum err
heed_watches(const struct loopback_wait *wait, const struct pollfd *fds)
{
	enum err e = OK;

	for (size_t i = 0; !e && i < wait->watch_count; i++)
		if (fds[i].revents)
			e = wait->watches[i].ready(wait->watches[i].context);
	return e;
}

/* One round: everything that is ready, at most a second of waiting. */
static enum err
go_round(struct loopback *l, const struct loopback_wait *wait, struct turn *turn, int64_t until_ms)
{
	struct pollfd fds[FDS_ALL];

	fill_fds(l, fds);
	for (size_t i = 0; i < wait->watch_count && i < WATCHES_MAX; i++)
		fds[FDS_OWN + i].fd = wait->watches[i].fd;
	if (wait->flow && wait->flow->cancel_fd)
		fds[FDS_ALL - 1].fd = wait->flow->cancel_fd;
	if (poll(fds, FDS_ALL, remaining_ms(until_ms)) <= 0)
		return OK;
	if (fds[FDS_ALL - 1].revents)
		return ERR_CANCELLED;
	serve(l, turn, fds);
	return turn->over ? OK : heed_watches(wait, fds + FDS_OWN);
}

enum err
client_loopback_wait(struct loopback *l, const struct loopback_wait *wait, struct str *ret_code,
	struct diag *diag)
{
	int64_t until_ms = client_bootclock_ms() + wait->timeout_s * MS_PER_S;
	struct turn turn = {.flow = wait->flow, .diag = diag};
	int64_t now_ms;
	enum err e = OK;

	while (!e && !turn.over) {
		now_ms = client_bootclock_ms();
		if (now_ms >= until_ms)
			return diag_set(diag, ERR_EXPIRED_TOKEN, "the browser did not come back");
		if (wait->tick)
			wait->tick(wait->context, (until_ms - now_ms + MS_PER_S - 1) / MS_PER_S);
		e = go_round(l, wait, &turn, until_ms);
	}
	if (e)
		return e == ERR_CANCELLED ? diag_set(diag, e, "cancelled") : e;
	if (!turn.outcome)
		*ret_code = turn.code;
	return turn.outcome;
}

void
client_loopback_finish(struct loopback *l, const char *title, const char *sentence)
{
	int64_t until_ms = client_bootclock_ms() + FINISH_MS;
	const struct loopback_wait wait = {0};
	struct turn turn = {.title = title, .sentence = sentence};

	while (!turn.over && client_bootclock_ms() < until_ms)
		(void)go_round(l, &wait, &turn, until_ms);
}
