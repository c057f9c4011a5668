/*
 * Networks of devices that somebody disowned (lib/account/access.h).  A mark warns whoever is
 * asked by a device of that network, and refuses nothing: people share networks.
 */
#ifndef LIB_STORE_DISOWNED_NETWORK_H
#define LIB_STORE_DISOWNED_NETWORK_H

#include "lib/store/store.h"

/* Until then, also if it is marked already; and forgets some that have expired. */
MUST_USE enum err disowned_network_mark(
	struct store *, struct str network, int64_t now_ms, int64_t expires_ms);
MUST_USE enum err disowned_network_is_marked(
	struct store *, struct str network, int64_t now_ms, bool *ret);

#endif
