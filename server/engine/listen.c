/* Addresses and bound sockets. */
#include "server/engine/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	BACKLOG = 4096,
	HOST_MAX = 255,
	PORT_MAX = 5,
	/* What a peer that does not read, or whose network is gone, may keep in the kernel, and
	 * for how long; what one may send ahead.  A request is smaller, and so are most replies. */
	SEND_BUFFER = 16 * 1024,
	RECEIVE_BUFFER = 4 * 1024,
	UNREAD_MS = 25 * 1000,
};

struct address {
	struct sockaddr_storage storage;
	socklen_t size;
};

/* Splits at the last colon, takes brackets off. */
static bool
split(struct str addr, char host[static HOST_MAX + 1], char port[static PORT_MAX + 1])
{
	size_t colon = addr.n;

	while (colon > 0 && addr.p[colon - 1] != ':')
		colon--;
	if (!colon || addr.n == colon || addr.n - colon > PORT_MAX)
		return false;
	memcpy(port, addr.p + colon, addr.n - colon);
	port[addr.n - colon] = '\0';
	addr = str_first(addr, colon - 1);
	if (addr.n >= 2 && addr.p[0] == '[' && addr.p[addr.n - 1] == ']')
		addr = str_first(str_from(addr, 1), addr.n - 2);
	else if (str_has_char(addr, ':'))
		return false;
	if (addr.n > HOST_MAX)
		return false;
	if (addr.n)
		memcpy(host, addr.p, addr.n);
	host[addr.n] = '\0';
	return true;
}

static enum err
resolve(struct str addr, struct address *ret, struct diag *diag)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	char host[HOST_MAX + 1];
	char port[PORT_MAX + 1];
	struct addrinfo *found = NULL;
	int rc;

	if (!split(addr, host, port))
		return diag_set(diag, ERR_CONFIG,
			"server.addr \"%.*s\": expected host:port, [v6]:port or :port",
			STR_ARG(addr));
	/* All interfaces: the IPv6 wildcard answers IPv4 as well. */
	rc = getaddrinfo(host[0] ? host : "::", port, &hints, &found);
	if (rc && !host[0])
		rc = getaddrinfo("0.0.0.0", port, &hints, &found);
	if (rc)
		return diag_set(diag, ERR_CONFIG, "server.addr \"%.*s\": %s", STR_ARG(addr),
			gai_strerror(rc));
	memcpy(&ret->storage, found->ai_addr, found->ai_addrlen);
	ret->size = found->ai_addrlen;
	freeaddrinfo(found);
	return OK;
}

/* Accepted sockets inherit these. */
static void
bound_buffers(int fd)
{
	const int send_buffer = SEND_BUFFER, receive_buffer = RECEIVE_BUFFER;
	const unsigned unread_ms = UNREAD_MS;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unread_ms, sizeof unread_ms);
}

static int
bind_socket(const struct address *address, bool shared)
{
	const int on = 1;
	const int off = 0;
	int family = address->storage.ss_family;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int saved;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (shared)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	bound_buffers(fd);
	if (!bind(fd, (const struct sockaddr *)&address->storage, address->size))
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

/* With SO_REUSEPORT a second server would quietly take half of the first one's
 * connections; a plain bind notices that the address is taken. */
static bool
is_taken(const struct address *address)
{
	int fd = bind_socket(address, false);

	if (fd < 0)
		return errno == EADDRINUSE;
	(void)close(fd);
	return false;
}

static void
describe(const struct address *address, char out[static LISTEN_TEXT_SIZE])
{
	char host[LISTEN_TEXT_SIZE - 9];
	char port[PORT_MAX + 1];
	bool v6 = address->storage.ss_family == AF_INET6;

	if (getnameinfo((const struct sockaddr *)&address->storage, address->size, host,
		    sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV))
		host[0] = port[0] = '\0';
	(void)snprintf(out, LISTEN_TEXT_SIZE, v6 ? "[%s]:%s" : "%s:%s", host, port);
}

static void
close_all(int fds[], size_t count)
{
	while (count-- > 0)
		(void)close(fds[count]);
}

/* ---- sockets of the service manager: sd_listen_fds(3) ---- */

enum { INHERITED = 3 };

static long
inherited_count(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");

	return pid && count && strtol(pid, NULL, 10) == getpid() ? strtol(count, NULL, 10) : 0;
}

bool
listen_is_given(void)
{
	return inherited_count() > 0;
}

static bool
listens_to_tcp(int fd)
{
	struct sockaddr_storage at;
	socklen_t size = sizeof at, int_size = sizeof(int);
	int listens = 0;

	return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &int_size) && listens &&
	       !getsockname(fd, (struct sockaddr *)&at, &size) &&
	       (at.ss_family == AF_INET || at.ss_family == AF_INET6);
}

enum err
listen_adopt(const int given[], size_t given_count, int fds[], size_t count,
	char ret_bound[static LISTEN_TEXT_SIZE], struct diag *diag)
{
	struct address address = {.size = sizeof address.storage};

	for (size_t i = 0; i < count; i++) {
		int fd = given[i % given_count];

		(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, INHERITED + 1);
		if (fds[i] < 0) {
			close_all(fds, i);
			return diag_set(
				diag, ERR_IO, "a socket that was handed over: %s", strerror(errno));
		}
	}
	(void)getsockname(given[0], (struct sockaddr *)&address.storage, &address.size);
	describe(&address, ret_bound);
	for (size_t i = 0; i < given_count; i++)
		(void)close(given[i]);
	return OK;
}

/* All loops accept from the one queue, which outlives the process: while a server is restarted,
 * connections wait instead of being refused. */
static enum err
adopt_inherited(int fds[], size_t count, char ret_bound[static LISTEN_TEXT_SIZE], struct diag *diag)
{
	const int inherited = INHERITED;

	if (inherited_count() != 1 || !listens_to_tcp(INHERITED))
		return diag_set(diag, ERR_CONFIG,
			"the service manager passed %ld sockets (LISTEN_FDS): the server takes "
			"one, that listens to TCP",
			inherited_count());
	return listen_adopt(&inherited, 1, fds, count, ret_bound, diag);
}

enum err
listen_open(struct str addr, int fds[], size_t count, char ret_bound[static LISTEN_TEXT_SIZE],
	struct diag *diag)
{
	struct address address = {0};
	enum err e;

	if (inherited_count())
		return adopt_inherited(fds, count, ret_bound, diag);
	if ((e = resolve(addr, &address, diag)))
		return e;
	if (is_taken(&address))
		return diag_set(diag, ERR_IO,
			"%.*s is in use: another server listens there; stop it or set server.addr",
			STR_ARG(addr));
	for (size_t i = 0; i < count; i++) {
		fds[i] = bind_socket(&address, true);
		if (fds[i] < 0 || listen(fds[i], BACKLOG)) {
			e = diag_set(diag, ERR_IO, "cannot listen on %.*s: %s", STR_ARG(addr),
				strerror(errno));
			close_all(fds, fds[i] < 0 ? i : i + 1);
			return e;
		}
		/* Port 0: the others must get the port that the first one got. */
		address.size = sizeof address.storage;
		(void)getsockname(fds[i], (struct sockaddr *)&address.storage, &address.size);
	}
	describe(&address, ret_bound);
	return OK;
}

static bool
answers(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool connected = fd >= 0 && !connect(fd, (const struct sockaddr *)address, sizeof *address);

	if (fd >= 0)
		(void)close(fd);
	return connected;
}

/* What a server that was killed left behind.  Any other file stays, and makes the
 * bind fail: a mistyped path must not cost a database. */
static void
remove_stale(const char *path)
{
	struct stat found;

	if (!lstat(path, &found) && S_ISSOCK(found.st_mode))
		(void)unlink(path);
}

/* Nobody can connect before listen, so nobody meets the mode of the umask; the
 * umask itself belongs to all threads and stays as it is. */
static int
bind_unix(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int saved;

	if (fd >= 0 && !bind(fd, (const struct sockaddr *)address, sizeof *address) &&
		!chmod(address->sun_path, 0660) && !listen(fd, BACKLOG))
		return fd;
	saved = errno;
	if (fd >= 0)
		(void)close(fd);
	errno = saved;
	return -1;
}

enum err
listen_open_unix(struct str path, int *ret_fd, struct diag *diag)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (path.n >= sizeof address.sun_path)
		return diag_set(diag, ERR_CONFIG,
			"admin.socket: a socket's path has at most %zu bytes",
			sizeof address.sun_path - 1);
	memcpy(address.sun_path, path.p, path.n);
	if (answers(&address))
		return diag_set(diag, ERR_IO, "%s is in use: another server answers there",
			address.sun_path);
	remove_stale(address.sun_path);
	*ret_fd = bind_unix(&address);
	if (*ret_fd < 0)
		return diag_set(
			diag, ERR_IO, "cannot listen on %s: %s", address.sun_path, strerror(errno));
	return OK;
}

int64_t
listen_peer_uid(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) ? -1 : (int64_t)peer.uid;
}

struct ipaddr
listen_ipaddr(const struct sockaddr_storage *storage)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct ipaddr ip = {.size = 0};

	if (storage->ss_family == AF_INET) {
		memcpy(ip.bytes, &((const struct sockaddr_in *)storage)->sin_addr, 4);
		ip.size = 4;
	} else if (storage->ss_family == AF_INET6) {
		const uint8_t *bytes = ((const struct sockaddr_in6 *)storage)->sin6_addr.s6_addr;
		bool is_v4 = !memcmp(bytes, mapped, sizeof mapped);

		ip.size = is_v4 ? 4 : 16;
		memcpy(ip.bytes, is_v4 ? bytes + sizeof mapped : bytes, ip.size);
	}
	return ip;
}
