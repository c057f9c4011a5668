/* Text round trips, a prefix holds its own address, the walk returns peer or a hop. */
#include "lib/base/ipaddr.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = {(const char *)data, size};
	struct arena a = {0};
	struct ipaddr addr, again, peer = {{10, 0, 0, 1}, 4};
	struct ipnet net, trusted = {{{10}, 4}, 8};

	if (!ipaddr_parse(s, &addr))
		if (ipaddr_parse(ipaddr_text(&a, addr), &again) ||
			memcmp(&addr, &again, sizeof addr) != 0)
			abort();
	if (!ipnet_parse(s, &net) && !ipnet_has(&net, net.addr))
		abort();
	addr = ipaddr_behind_proxies(peer, s, &trusted, 1);
	if (addr.size != 4 && addr.size != 16)
		abort();
	arena_free(&a);
	return 0;
}
