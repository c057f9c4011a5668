/*
 * Listening sockets: one per loop on the same address (SO_REUSEPORT), so that
 * the kernel spreads connections and no loop wakes for another's.
 */
#ifndef SERVER_ENGINE_LISTEN_H
#define SERVER_ENGINE_LISTEN_H

#include "lib/base/diag.h"
#include "lib/base/ipaddr.h"

struct sockaddr_storage;

enum { LISTEN_TEXT_SIZE = 64 };

/* addr: "host:port", "[v6]:port", or ":port" for all interfaces; port 0 lets
 * the system choose.  Fills fds[count] and the address that was bound, as
 * "127.0.0.1:8080".  A socket that the service manager passed (LISTEN_FDS) is
 * taken instead of addr; it is closed here, and fds share its queue.  ERR_CONFIG for an address
 * that is none, ERR_IO if it cannot be bound; the diag says why. */
MUST_USE enum err listen_open(struct str addr, int fds[], size_t count,
	char ret_bound[static LISTEN_TEXT_SIZE], struct diag *);
/* Whether it will be, or has been, such a socket. */
bool listen_is_given(void);
/* The same with sockets that listen already, which are closed here: fds share their queues.  At
 * least as many fds as sockets, so that no queue is left alone. */
MUST_USE enum err listen_adopt(const int given[], size_t given_count, int fds[], size_t count,
	char ret_bound[static LISTEN_TEXT_SIZE], struct diag *);
/* A Unix socket at path, mode 0660, for the admin API.  What a dead server left
 * behind is replaced; a socket that still answers is ERR_IO. */
MUST_USE enum err listen_open_unix(struct str path, int *ret_fd, struct diag *);
/* The user at the other end of a Unix socket, or -1. */
int64_t listen_peer_uid(int fd);
/* The address of a peer; "unknown" unless it is IP. */
struct ipaddr listen_ipaddr(const struct sockaddr_storage *);

#endif
