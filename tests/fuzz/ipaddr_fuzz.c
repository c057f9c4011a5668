/* A second reader of addresses, prefixes compared bit by bit, and a second
 * walk over X-Forwarded-For that splits the whole list first. */
#include "lib/base/ipaddr.h"

#include <stdlib.h>
#include <string.h>

/* As a size: more hops than are compared. */
enum { TOO_MANY = 255 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Four numbers under 256 without leading zeros. */
static bool
model_four(struct str s, uint8_t out[4])
{
	for (int i = 0; i < 4; i++) {
		bool last = i == 3;
		struct str part = last ? s : str_cut(&s, '.');
		unsigned value = 0;

		if (!part.n || part.n > 3 || (part.n > 1 && part.p[0] == '0'))
			return false;
		for (size_t j = 0; j < part.n; j++) {
			if (part.p[j] < '0' || part.p[j] > '9')
				return false;
			value = value * 10 + (unsigned)(part.p[j] - '0');
		}
		if (value > 255)
			return false;
		out[i] = (uint8_t)value;
	}
	return true;
}

/* Groups between colons into out; the bytes written, or -1. */
static int
model_groups(struct str s, bool ends_address, uint8_t out[16])
{
	int n = 0;

	while (s.n) {
		bool more = str_has_char(s, ':');
		struct str group = str_cut(&s, ':');
		char digits[5] = {0};

		if (ends_address && !more && str_has_char(group, '.'))
			return n <= 12 && model_four(group, out + n) ? n + 4 : -1;
		if (n > 14 || !group.n || group.n > 4 || (more && !s.n))
			return -1;
		memcpy(digits, group.p, group.n);
		if (strspn(digits, "0123456789abcdefABCDEF") != group.n)
			return -1;
		out[n++] = (uint8_t)(strtoul(digits, NULL, 16) >> 8);
		out[n++] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return n;
}

static bool
model_six(struct str s, uint8_t out[16])
{
	uint8_t left[16] = {0}, right[16] = {0};
	size_t gap = 0;
	int before, after;

	while (gap + 1 < s.n && memcmp(s.p + gap, "::", 2) != 0)
		gap++;
	if (gap + 1 >= s.n)
		return model_groups(s, true, out) == 16;
	before = model_groups(str_first(s, gap), false, left);
	after = model_groups(str_from(s, gap + 2), true, right);
	if (before < 0 || after < 0 || before + after > 14)
		return false;
	memset(out, 0, 16);
	memcpy(out, left, (size_t)before);
	memcpy(out + 16 - after, right, (size_t)after);
	return true;
}

static bool
model_parse(struct str s, struct ipaddr *ret)
{
	struct ipaddr a = {{0}, 0};

	if (str_has_char(s, ':') ? !model_six(s, a.bytes) : !model_four(s, a.bytes))
		return false;
	a.size = str_has_char(s, ':') ? 16 : 4;
	if (a.size == 16 && memcmp(a.bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0) {
		memmove(a.bytes, a.bytes + 12, 4);
		memset(a.bytes + 4, 0, 12);
		a.size = 4;
	}
	*ret = a;
	return true;
}

static bool
same(struct ipaddr a, struct ipaddr b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

static bool
model_has(const struct ipnet *net, struct ipaddr a)
{
	for (unsigned i = 0; i < net->bits; i++)
		if ((net->addr.bytes[i / 8] ^ a.bytes[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return a.size && a.size == net->addr.size;
}

/* Up to five digits, no more than 65535. */
static bool
model_port(struct str s)
{
	char text[6] = "";

	if (!s.n || s.n > 5)
		return false;
	memcpy(text, s.p, s.n);
	return strspn(text, "0123456789") == s.n && atoi(text) <= 65535;
}

/* Quotes, brackets, a port, a zone. */
static bool
model_hop(struct str s, struct ipaddr *ret)
{
	size_t colons = 0, close = 0;

	if (s.n > 1 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = str_first(str_from(s, 1), s.n - 2);
	if (s.n && s.p[0] == '[') {
		while (close < s.n && s.p[close] != ']')
			close++;
		if (close == s.n ||
			(close + 1 < s.n &&
				(s.p[close + 1] != ':' || !model_port(str_from(s, close + 2)))))
			return false;
		s = str_first(str_from(s, 1), close - 1);
	} else {
		for (size_t i = 0; i < s.n; i++)
			colons += s.p[i] == ':';
		for (size_t i = 0; colons == 1 && i < s.n; i++)
			if (s.p[i] == ':' && model_port(str_from(s, i + 1)))
				s = str_first(s, i);
	}
	for (size_t i = 0; str_has_char(s, ':') && i < s.n; i++)
		if (s.p[i] == '%')
			s = str_first(s, i);
	return model_parse(s, ret);
}

static struct ipaddr
model_walk(struct ipaddr peer, struct str list, const struct ipnet *trusted)
{
	struct ipaddr hop = peer;
	struct str parts[66];
	bool more = list.n > 0;
	size_t count = 0;

	/* One comma at the very front leaves nothing in front of it. */
	if (list.n && list.p[0] == ',')
		list = str_from(list, 1);
	for (; more && count < countof(parts); count++) {
		more = str_has_char(list, ',');
		parts[count] = str_trim(str_cut(&list, ','));
	}
	if (count == countof(parts))
		return (struct ipaddr){{0}, TOO_MANY};
	for (size_t hops = 0; count--; hops++) {
		if (hops == 64 || !model_hop(parts[count], &hop))
			return (struct ipaddr){{0}, 0};
		if (!model_has(trusted, hop))
			return hop;
	}
	return hop;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = {(const char *)data, size};
	struct arena a = {0};
	struct ipaddr addr = {{0}, 0}, wanted, peer = {{10, 0, 0, 1}, 4};
	struct ipnet net, trusted = {{{10}, 4}, 8};
	bool ok = ipaddr_parse(s, &addr) == OK;

	if (ok != model_parse(s, &wanted) || (ok && !same(addr, wanted)))
		abort();
	if (ok && (ipaddr_parse(ipaddr_text(&a, addr), &wanted) || !same(addr, wanted)))
		abort();
	if (!ipnet_parse(s, &net)) {
		if (!ipnet_has(&net, net.addr) || net.bits > net.addr.size * 8)
			abort();
		for (size_t i = 0; i < size && i < net.addr.size; i++) {
			addr = net.addr;
			addr.bytes[i] ^= (uint8_t)data[i];
			if (ipnet_has(&net, addr) != model_has(&net, addr))
				abort();
		}
	}
	wanted = model_walk(peer, s, &trusted);
	if (wanted.size != TOO_MANY && !same(ipaddr_behind_proxies(peer, s, &trusted, 1), wanted))
		abort();
	arena_free(&a);
	return 0;
}
