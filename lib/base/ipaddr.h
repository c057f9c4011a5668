/*
 * IP addresses and prefixes: who is on the other side.
 * IPv4-mapped IPv6 (::ffff:a.b.c.d) is read as IPv4; zone ids are refused.
 */
#ifndef LIB_BASE_IPADDR_H
#define LIB_BASE_IPADDR_H

#include "lib/base/diag.h"
#include "lib/base/str.h"

struct ipaddr {
	uint8_t bytes[16];
	uint8_t size; /* 4 or 16; 0 is "unknown" (a Unix socket) */
};

struct ipnet {
	struct ipaddr addr;
	uint8_t bits;
};

enum { IPADDR_TEXT_SIZE = 45 };

MUST_USE enum err ipaddr_parse(struct str, struct ipaddr *ret);
struct str ipaddr_text(struct arena *, struct ipaddr);
/* What a rate limit counts: the address for IPv4, mapped or not, and its /64
 * for IPv6, inside which one host may pick addresses as it likes. */
struct ipaddr ipaddr_limit_key(struct ipaddr);
/* What one subscriber may hold: the address for IPv4, its /48 for IPv6. */
struct ipaddr ipaddr_site(struct ipaddr);
/* Wider than one subscriber of IPv4: its /24; for IPv6 its /48. */
struct ipaddr ipaddr_neighbourhood(struct ipaddr);
/* Names of where an address is, for counting rows: its network (ipaddr_limit_key), and
 * the region around it, /16 or /32, which is a provider's.  Empty for no address. */
struct ipaddr_place {
	struct str network, region;
};
struct ipaddr_place ipaddr_place(struct arena *, struct str ip);
/* "10.0.0.0/8", "::1", "127.0.0.1". */
MUST_USE enum err ipnet_parse(struct str, struct ipnet *ret);
bool ipnet_has(const struct ipnet *, struct ipaddr);

/* True for what anybody on the Internet can reach, and nothing else: neither this
 * computer nor a private, shared, link-local, reserved or multicast network, in
 * whatever way the address is written inside another (mapped, NAT64, 6to4, Teredo). */
bool ipaddr_is_public(struct ipaddr);

/* An address as proxies write it: with a port, a zone, brackets or quotes around it
 * (RFC 7239 section 6).  ERR_MALFORMED also for "unknown" and names that hide one. */
MUST_USE enum err ipaddr_parse_hop(struct str, struct ipaddr *ret);
/* The client behind trusted proxies: walks a list of hops from the right and returns the
 * first address that is not itself trusted; the peer if that is not trusted, or if the
 * list is empty.  A hop that cannot be read ends the walk with "unknown": it is not the
 * proxy, and what stands further left anybody may have written. */
struct ipaddr ipaddr_behind_proxies(struct ipaddr peer, struct str forwarded_for,
	const struct ipnet *trusted, size_t trusted_count);

#endif
