/* Addresses through inet_pton, which reads one strict spelling. */
#include "lib/base/ipaddr.h"

#include <arpa/inet.h>
#include <string.h>

enum { HOPS_MAX = 64 };

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool
is_mapped(const struct ipaddr *a)
{
	return a->size == 16 && memcmp(a->bytes, mapped, sizeof mapped) == 0;
}

static void
unmap(struct ipaddr *a)
{
	struct ipaddr four = {.size = 4};

	memcpy(four.bytes, a->bytes + sizeof mapped, 4);
	*a = four;
}

/* As written: a mapped address stays 16 bytes. */
static enum err
parse(struct str s, struct ipaddr *ret)
{
	struct ipaddr a = {{0}, 0};
	char text[IPADDR_TEXT_SIZE + 1];
	bool six = str_has_char(s, ':');

	if (!s.n || s.n > IPADDR_TEXT_SIZE || str_has_char(s, '\0'))
		return ERR_MALFORMED;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (inet_pton(six ? AF_INET6 : AF_INET, text, a.bytes) != 1)
		return ERR_MALFORMED;
	a.size = six ? 16 : 4;
	*ret = a;
	return OK;
}

enum err
ipaddr_parse(struct str s, struct ipaddr *ret)
{
	enum err e = parse(s, ret);

	if (!e && is_mapped(ret))
		unmap(ret);
	return e;
}

struct str
ipaddr_text(struct arena *arena, struct ipaddr a)
{
	char text[INET6_ADDRSTRLEN];

	if (!a.size)
		return STR_NONE;
	if (!inet_ntop(a.size == 4 ? AF_INET : AF_INET6, a.bytes, text, sizeof text))
		return STR_NONE;
	return str_copy(arena, str_of(text));
}

static struct ipaddr
first_bytes(struct ipaddr a, size_t n)
{
	if (is_mapped(&a))
		unmap(&a);
	else if (a.size == 16)
		memset(a.bytes + n, 0, 16 - n);
	return a;
}

struct ipaddr
ipaddr_limit_key(struct ipaddr a)
{
	return first_bytes(a, 8);
}

struct ipaddr
ipaddr_site(struct ipaddr a)
{
	return first_bytes(a, 6);
}

struct ipaddr
ipaddr_neighbourhood(struct ipaddr a)
{
	struct ipaddr wide = ipaddr_site(a);

	if (wide.size == 4)
		wide.bytes[3] = 0;
	return wide;
}

struct ipaddr_place
ipaddr_place(struct arena *arena, struct str ip)
{
	struct ipaddr a, wide;

	if (ipaddr_parse(ip, &a))
		return (struct ipaddr_place){STR_NONE, STR_NONE};
	wide = first_bytes(a, 4);
	if (wide.size == 4)
		wide.bytes[2] = wide.bytes[3] = 0;
	return (struct ipaddr_place){
		ipaddr_text(arena, ipaddr_limit_key(a)), ipaddr_text(arena, wide)};
}

static uint8_t
mask_of(size_t byte, uint8_t bits)
{
	size_t before = byte * 8;

	if (before >= bits)
		return 0;
	if (bits - before >= 8)
		return 0xff;
	return (uint8_t)(0xff00u >> (bits - before) & 0xff);
}

/* Bits behind the prefix must be zero: "10.1.2.3/8" is somebody's mistake. */
static bool
is_clean(const struct ipnet *net)
{
	for (size_t i = 0; i < net->addr.size; i++)
		if (net->addr.bytes[i] & (uint8_t)~mask_of(i, net->bits))
			return false;
	return true;
}

enum err
ipnet_parse(struct str s, struct ipnet *ret)
{
	bool has_bits = str_has_char(s, '/');
	struct str address = str_cut(&s, '/');
	struct ipnet net = {.bits = 0};
	int64_t bits = 0, most;

	if (parse(address, &net.addr))
		return ERR_MALFORMED;
	if (has_bits && (s.n > 3 || (s.n > 1 && s.p[0] == '0') || str_to_i64(s, &bits)))
		return ERR_MALFORMED;
	most = (int64_t)net.addr.size * 8;
	if (!has_bits)
		bits = most;
	if (bits < 0 || bits > most || (has_bits && s.p[0] == '-'))
		return ERR_MALFORMED;
	if (is_mapped(&net.addr) && bits >= 96) {
		unmap(&net.addr);
		bits -= 96;
	}
	net.bits = (uint8_t)bits;
	if (!is_clean(&net))
		return ERR_MALFORMED;
	*ret = net;
	return OK;
}

bool
ipnet_has(const struct ipnet *net, struct ipaddr a)
{
	if (!a.size || a.size != net->addr.size)
		return false;
	for (size_t i = 0; i < a.size; i++)
		if ((a.bytes[i] ^ net->addr.bytes[i]) & mask_of(i, net->bits))
			return false;
	return true;
}

/* What is not reached from everywhere (IANA's registries of special-purpose
 * addresses), without the networks of documentation, which lead nowhere. */
static const struct ipnet special_v4[] = {
	{{{0}, 4}, 8},
	{{{10}, 4}, 8},
	{{{100, 64}, 4}, 10},
	{{{127}, 4}, 8},
	{{{169, 254}, 4}, 16},
	{{{172, 16}, 4}, 12},
	{{{192, 0, 0}, 4}, 24},
	{{{192, 168}, 4}, 16},
	{{{198, 18}, 4}, 15},
	{{{224}, 4}, 4},
	{{{240}, 4}, 4},
};

static const struct ipnet global_v6 = {{{0x20}, 16}, 3};
static const struct ipnet nat64 = {{{0, 0x64, 0xff, 0x9b}, 16}, 96};
/* Inside of 2000::/3: protocol assignments with Teredo, and 6to4. */
static const struct ipnet special_v6[] = {
	{{{0x20, 0x01, 0x00}, 16}, 23},
	{{{0x20, 0x02}, 16}, 16},
};

static bool
is_in(const struct ipnet *nets, size_t count, struct ipaddr a)
{
	for (size_t i = 0; i < count; i++)
		if (ipnet_has(&nets[i], a))
			return true;
	return false;
}

bool
ipaddr_is_public(struct ipaddr a)
{
	struct ipaddr inside = {.size = 4};

	if (is_mapped(&a))
		unmap(&a);
	if (a.size == 4)
		return !is_in(special_v4, countof(special_v4), a);
	if (ipnet_has(&nat64, a)) {
		memcpy(inside.bytes, a.bytes + sizeof mapped, 4);
		return ipaddr_is_public(inside);
	}
	return ipnet_has(&global_v6, a) && !is_in(special_v6, countof(special_v6), a);
}

static bool
is_trusted(struct ipaddr a, const struct ipnet *trusted, size_t count)
{
	return is_in(trusted, count, a);
}

/* Cuts the last element of a comma separated list off *list. */
static struct str
cut_last(struct str *list)
{
	struct str last;
	size_t at = list->n;

	while (at && list->p[at - 1] != ',')
		at--;
	last = str_from(*list, at);
	list->n = at ? at - 1 : 0;
	return str_trim(last);
}

static bool
is_port(struct str s)
{
	int64_t port;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n <= 5 && str_to_i64(s, &port) == OK && port <= 65535;
}

/* What is behind the last colon of "a.b.c.d:port"; an address of IPv6 has more of them. */
static struct str
without_port(struct str s)
{
	struct str port = s;
	struct str address = str_cut(&port, ':');

	return address.n < s.n && !str_has_char(port, ':') && is_port(port) ? address : s;
}

/* What is between brackets, if nothing but a port follows them. */
static struct str
without_brackets(struct str s)
{
	struct str rest = str_from(s, 1);
	struct str inside = str_cut(&rest, ']');

	if (!str_starts(s, STR("[")) || inside.n + 1 == s.n)
		return s;
	if (rest.n && !(str_starts(rest, STR(":")) && is_port(str_from(rest, 1))))
		return s;
	return inside;
}

enum err
ipaddr_parse_hop(struct str s, struct ipaddr *ret)
{
	s = str_trim(s);
	if (s.n > 1 && str_starts(s, STR("\"")) && str_ends(s, STR("\"")))
		s = str_first(str_from(s, 1), s.n - 2);
	if (str_starts(s, STR("[")))
		s = without_brackets(s);
	else
		s = without_port(s);
	/* A zone means something on the proxy only. */
	if (str_has_char(s, ':'))
		s = str_cut(&s, '%');
	return ipaddr_parse(s, ret);
}

struct ipaddr
ipaddr_behind_proxies(struct ipaddr peer, struct str forwarded_for, const struct ipnet *trusted,
	size_t trusted_count)
{
	struct ipaddr hop;

	if (is_mapped(&peer))
		unmap(&peer);
	hop = peer;
	if (!is_trusted(peer, trusted, trusted_count))
		return peer;
	for (int hops = 0; forwarded_for.n; hops++) {
		if (hops == HOPS_MAX || ipaddr_parse_hop(cut_last(&forwarded_for), &hop))
			return (struct ipaddr){.size = 0};
		if (!is_trusted(hop, trusted, trusted_count))
			return hop;
	}
	return hop;
}
