/* One table of units, largest first. */
#include "lib/base/duration.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"

struct unit {
	const char *suffix;
	const char *word;
	int64_t ms;
};

static const struct unit units[] = {
	{"d", "day", 86400000},
	{"h", "hour", 3600000},
	{"m", "minute", 60000},
	{"s", "second", 1000},
	{"ms", NULL, 1},
};

enum { BILLIONTH_DIGITS = 9 };

static const int64_t billion = 1000000000;
static const int64_t max_ms = 100LL * 366 * 86400000;

/* Cuts the decimal number at the start off *s. */
static enum err
cut_number(struct str *s, int64_t *ret)
{
	size_t n = 0;
	enum err e;

	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	e = str_to_i64(str_first(*s, n), ret);
	if (!e)
		*s = str_from(*s, n);
	return e;
}

static const struct unit *
cut_unit(struct str *s)
{
	size_t n = 0;

	while (n < s->n && s->p[n] >= 'a' && s->p[n] <= 'z')
		n++;
	for (size_t i = 0; i < countof(units); i++) {
		if (str_is(str_first(*s, n), units[i].suffix)) {
			*s = str_from(*s, n);
			return &units[i];
		}
	}
	return NULL;
}

/* Cuts ".5" off *s, if it is there, as billionths. */
static enum err
cut_fraction(struct str *s, int64_t *ret)
{
	struct str digits;
	size_t before;
	enum err e;

	*ret = 0;
	if (!str_starts(*s, STR(".")))
		return OK;
	*s = digits = str_from(*s, 1);
	if ((e = cut_number(s, ret)))
		return e;
	before = digits.n - s->n;
	for (size_t n = before; n < BILLIONTH_DIGITS; n++)
		*ret *= 10;
	return before > BILLIONTH_DIGITS ? ERR_MALFORMED : OK;
}

/* Cuts one count with its unit off *s. */
static enum err
cut_part(struct str *s, int64_t *ret_ms)
{
	const struct unit *unit;
	int64_t count, billionths;

	if (cut_number(s, &count) || cut_fraction(s, &billionths) || !(unit = cut_unit(s)))
		return ERR_MALFORMED;
	if (count > max_ms / unit->ms || billionths * unit->ms % billion)
		return ERR_MALFORMED;
	*ret_ms = count * unit->ms + billionths * unit->ms / billion;
	return OK;
}

enum err
duration_parse_ms(struct str s, int64_t *ret_ms)
{
	int64_t total = 0;

	if (!s.n)
		return ERR_MALFORMED;
	if (str_is(s, "0")) {
		*ret_ms = 0;
		return OK;
	}
	while (s.n) {
		int64_t part_ms;

		if (cut_part(&s, &part_ms) || part_ms > max_ms - total)
			return ERR_MALFORMED;
		total += part_ms;
	}
	*ret_ms = total;
	return OK;
}

struct str
duration_text(struct arena *a, int64_t ms)
{
	struct buf b;

	if (ms <= 0)
		return STR("0");
	buf_init(&b, a, 64);
	for (size_t i = 0; i < countof(units); i++) {
		if (ms < units[i].ms)
			continue;
		buf_add_i64(&b, ms / units[i].ms);
		buf_add_c(&b, units[i].suffix);
		ms %= units[i].ms;
	}
	return buf_str(&b);
}

struct str
duration_words(struct arena *a, int64_t ms)
{
	for (size_t i = 0; i < countof(units) && units[i].word; i++) {
		int64_t count = ms / units[i].ms;

		if (count > 0)
			return str_printf(a, "%lld %s%s", (long long)count, units[i].word,
				count == 1 ? "" : "s");
	}
	return STR("a moment");
}

int64_t
duration_of_wait_ms(int64_t wait_s)
{
	return (wait_s > 60 ? wait_s + 59 : wait_s) * MS_PER_S;
}
