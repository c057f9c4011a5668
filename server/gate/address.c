/* What trusted proxies say, and what is noticed when they say it where nobody looks. */
#include "server/gate/address.h"

#include "lib/base/log.h"
#include "server/server.h"

enum { FORWARDED_MAX = 2048, WARN_EVERY_MS = 60000 };

#define UNREADABLE "unknown"

/* Several headers of one name are one list, in order (RFC 9110 section 5.3); one that is
 * too long is a hop that cannot be read. */
static struct str
header_list(struct exchange *x, struct str name)
{
	struct buf list;

	buf_init(&list, x->cx.arena, FORWARDED_MAX);
	for (size_t i = 0; i < x->request.header_count; i++) {
		if (!str_eq(x->request.headers[i].name, name))
			continue;
		if (list.n)
			buf_add_c(&list, ", ");
		buf_add(&list, x->request.headers[i].value);
	}
	return buf_ok(&list) ? buf_str(&list) : STR(UNREADABLE);
}

/* The for= of each element of Forwarded (RFC 7239 section 4). */
static struct str
forwarded_hops(struct arena *arena, struct str elements)
{
	struct buf list;

	buf_init(&list, arena, 2 * FORWARDED_MAX);
	while (elements.n) {
		struct str element = str_cut(&elements, ','), hop = STR(UNREADABLE);

		while (element.n) {
			struct str value = str_trim(str_cut(&element, ';'));
			struct str name = str_cut(&value, '=');

			if (str_is_nocase(name, "for"))
				hop = value;
		}
		buf_add_printf(&list, "%s%.*s", list.n ? "," : "", STR_ARG(hop));
	}
	return buf_ok(&list) ? buf_str(&list) : STR(UNREADABLE);
}

/* Not every request: each of them looks like that. */
static void
warn_of_proxy(struct exchange *x, const char *what)
{
	int64_t last_ms = atomic_load(&x->server->proxy_warned_ms);

	if (x->cx.now_ms - last_ms < WARN_EVERY_MS ||
		!atomic_compare_exchange_strong(
			&x->server->proxy_warned_ms, &last_ms, x->cx.now_ms))
		return;
	log_warning(what, log_str("proxy", ipaddr_text(x->cx.arena, x->request.peer)),
		log_str("expected", x->cx.config->forwarded_header));
}

/* A proxy that names clients where nobody looks is noticed, and not believed. */
static void
look_elsewhere(struct exchange *x)
{
	static const char *const names[] = {"x-forwarded-for", "forwarded", "x-real-ip"};

	for (size_t i = 0; i < countof(names); i++)
		if (request_header(&x->request, names[i]).n)
			warn_of_proxy(x,
				"a trusted proxy names clients in another header: set "
				"server.forwarded_header, or all of them count as the proxy");
}

struct ipaddr
address_told(struct exchange *x, const struct settings *s)
{
	struct str name = s->config.forwarded_header;
	struct str hops = header_list(x, name);
	struct ipaddr ip;

	if (str_is(name, "forwarded"))
		hops = forwarded_hops(x->cx.arena, hops);
	if (!hops.n)
		look_elsewhere(x);
	ip = ipaddr_behind_proxies(
		x->request.peer, hops, s->trusted_proxies, s->trusted_proxies_count);
	if (!ip.size)
		warn_of_proxy(x, "a trusted proxy wrote an address that cannot be read");
	return ip;
}
