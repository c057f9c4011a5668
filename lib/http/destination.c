/* Judging where an address leads. */
#include "lib/http/destination.h"

static bool
is_listed(struct str allowed, struct ipaddr a)
{
	STR_EACH (word, allowed) {
		struct ipnet net;

		if (!ipnet_parse(word, &net) && ipnet_has(&net, a))
			return true;
	}
	return false;
}

bool
destination_allows(struct str allowed, struct ipaddr a)
{
	return ipaddr_is_public(a) || is_listed(allowed, a);
}

static bool
ends_nocase(struct str s, const char *ending)
{
	struct str end = str_of(ending);

	return s.n >= end.n && str_is_nocase(str_from(s, s.n - end.n), ending);
}

/* Also the names that /etc/hosts of common systems gives to this computer. */
static bool
is_localhost(struct str name)
{
	static const char *const names[] = {
		"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"};

	for (size_t i = 0; i < countof(names); i++)
		if (str_is_nocase(name, names[i]))
			return true;
	return ends_nocase(name, ".localhost");
}

bool
destination_allows_host(struct str allowed, struct str host)
{
	const struct ipaddr v4 = {{127, 0, 0, 1}, 4};
	const struct ipaddr v6 = {{[15] = 1}, 16};
	struct ipaddr a;

	if (!ipaddr_parse(host, &a))
		return destination_allows(allowed, a);
	if (is_localhost(host))
		return is_listed(allowed, v4) && is_listed(allowed, v6);
	return true;
}
