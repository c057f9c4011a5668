/* Proxies of the environment. */
#include "lib/http/proxy.h"

#include "lib/base/ipaddr.h"

#include <stdlib.h>

static const char *
first_set(const char *const names[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "";
}

/* "example.org" and ".example.org" are that host and all below it; an address may be a
 * network; "*" is everything. */
static bool
covers(struct str pattern, struct str host)
{
	struct ipaddr address;
	struct ipnet net;
	size_t before;

	if (str_is(pattern, "*"))
		return true;
	if (!ipaddr_parse(host, &address))
		return !ipnet_parse(pattern, &net) && ipnet_has(&net, address);
	if (pattern.n && pattern.p[0] == '.')
		pattern = str_from(pattern, 1);
	if (!pattern.n || pattern.n > host.n)
		return false;
	before = host.n - pattern.n;
	if (before && host.p[before - 1] != '.')
		return false;
	return str_eq_nocase(str_from(host, before), pattern);
}

static bool
is_excepted(struct str host)
{
	static const char *const names[] = {"no_proxy", "NO_PROXY"};
	struct str list = str_of(first_set(names, countof(names)));

	while (list.n) {
		struct str part = str_cut(&list, ',');

		STR_EACH (word, part)
			if (covers(word, host))
				return true;
	}
	return false;
}

const char *
proxy_for(const struct url *url)
{
	/* Not HTTP_PROXY, which a CGI environment lets a request set. */
	static const char *const plain[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
	static const char *const secure[] = {
		"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

	if (is_excepted(url->host))
		return "";
	return str_is(url->scheme, "http") ? first_set(plain, countof(plain))
					   : first_set(secure, countof(secure));
}
