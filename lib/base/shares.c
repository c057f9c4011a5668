/* An open hash table of counts, with a key that nobody outside knows. */
#include "lib/base/shares.h"

#include "lib/base/arena.h"
#include "lib/base/ipaddr.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

struct cell {
	uint64_t name;
	uint32_t level;
	uint32_t count; /* 0: free */
};

struct shares {
	uint64_t key;
	size_t mask;
	size_t used, used_max;
	struct cell cells[];
};

/* An IPv6 prefix of 64 bits is its own name; an IPv4 address gets bits in front that no
 * such prefix has (RFC 4291 section 2.5.5), and keeps them when it is shortened. */
struct party
party_of_address(struct ipaddr a)
{
	const struct ipaddr key = ipaddr_limit_key(a);
	struct party party = {{0}};
	uint64_t name = 0;

	if (!key.size)
		return party;
	for (size_t i = 0; i < (key.size == 4 ? 4U : 8U); i++)
		name = name << 8 | key.bytes[i];
	if (key.size == 4)
		name |= UINT64_C(0xffff) << 32;
	party.levels[0] = name;
	party.levels[1] = key.size == 4 ? name >> 8 : name >> 16;
	party.levels[2] = key.size == 4 ? name >> 16 : name >> 32;
	return party;
}

/* Never more than half full. */
struct shares *
shares_new(size_t places)
{
	size_t size = 16;
	struct shares *s;

	while (size < 2 * SHARES_LEVELS * places)
		size *= 2;
	s = xcalloc(1, sizeof *s + size * sizeof s->cells[0]);
	s->mask = size - 1;
	s->used_max = SHARES_LEVELS * places;
	if (getrandom(&s->key, sizeof s->key, 0) != (ssize_t)sizeof s->key)
		abort();
	return s;
}

void
shares_free(struct shares *s)
{
	free(s);
}

static size_t
home_of(const struct shares *s, uint64_t name, size_t level)
{
	uint64_t h = (name ^ s->key) * UINT64_C(0x9e3779b97f4a7c15) + level;

	h = (h ^ h >> 32 ^ s->key) * UINT64_C(0xd6e8feb86659fd93);
	return (size_t)(h ^ h >> 32) & s->mask;
}

/* Where it is, or would be. */
static size_t
find(const struct shares *s, uint64_t name, size_t level)
{
	size_t at = home_of(s, name, level);

	while (s->cells[at].count && (s->cells[at].name != name || s->cells[at].level != level))
		at = (at + 1) & s->mask;
	return at;
}

/* Closes the gap at a free cell: what was put further on because of it moves up. */
static void
close_gap(struct shares *s, size_t gap)
{
	for (size_t at = (gap + 1) & s->mask; s->cells[at].count; at = (at + 1) & s->mask) {
		size_t home = home_of(s, s->cells[at].name, s->cells[at].level);

		if (((at - home) & s->mask) < ((at - gap) & s->mask))
			continue;
		s->cells[gap] = s->cells[at];
		s->cells[at].count = 0;
		gap = at;
	}
}

size_t
shares_held(const struct shares *s, const struct party *party, size_t level)
{
	return party->levels[level] ? s->cells[find(s, party->levels[level], level)].count : 0;
}

size_t
shares_mean(const struct shares *s, const struct party *party)
{
	size_t held = 0, levels = 0;

	for (size_t i = 0; i < SHARES_LEVELS; i++) {
		held += shares_held(s, party, i);
		levels += party->levels[i] != 0;
	}
	return levels ? held / levels : 0;
}

void
shares_take(struct shares *s, const struct party *party)
{
	for (size_t i = 0; i < SHARES_LEVELS; i++) {
		struct cell *cell;

		if (!party->levels[i])
			continue;
		cell = &s->cells[find(s, party->levels[i], i)];
		if (!cell->count) {
			*cell = (struct cell){party->levels[i], (uint32_t)i, 0};
			s->used++;
			assert(s->used <= s->used_max);
		}
		cell->count++;
	}
}

void
shares_give_back(struct shares *s, const struct party *party)
{
	for (size_t i = 0; i < SHARES_LEVELS; i++) {
		size_t at;

		if (!party->levels[i])
			continue;
		at = find(s, party->levels[i], i);
		assert(s->cells[at].count > 0);
		if (--s->cells[at].count)
			continue;
		s->used--;
		close_gap(s, at);
	}
}
