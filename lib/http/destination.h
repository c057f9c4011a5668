/*
 * Where an address that a stranger named may lead.
 *
 * Anybody may register a client and name addresses that this server will call.  Such
 * an address leads to the Internet and nowhere else, unless the operator has allowed a
 * network.  It is judged twice: as it is written, when it is named, so that whoever
 * names it learns why it is refused; and by the address of each connection just before
 * it is made, because a name may lead elsewhere by then (lib/http/fetch.h).
 */
#ifndef LIB_HTTP_DESTINATION_H
#define LIB_HTTP_DESTINATION_H

#include "lib/base/ipaddr.h"

/* allowed: networks with spaces between them, as in the configuration. */
bool destination_allows(struct str allowed, struct ipaddr);
/* Judges a host as written, a name or an address.  True for a name that says nothing
 * of where it leads; false for "localhost" and its relatives (RFC 6761 section 6.3)
 * unless both of its addresses are allowed. */
bool destination_allows_host(struct str allowed, struct str host);

#endif
