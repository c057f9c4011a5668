/* Reading instants. */
#include "lib/base/timestamp.h"

#include "lib/base/clock.h"

enum { TIMESTAMP_MAX = 96 };

struct reading {
	struct str rest;
	bool failed;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly n digits, between low and high. */
static int64_t
number(struct reading *r, size_t n, int64_t low, int64_t high)
{
	int64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		if (i >= r->rest.n || !is_digit(r->rest.p[i])) {
			r->failed = true;
			return 0;
		}
		value = value * 10 + (r->rest.p[i] - '0');
	}
	r->rest = str_from(r->rest, n);
	r->failed |= value < low || value > high;
	return value;
}

static bool
take(struct reading *r, char c)
{
	if (!r->rest.n || *r->rest.p != c)
		return false;
	r->rest = str_from(r->rest, 1);
	return true;
}

static void
need(struct reading *r, char c)
{
	r->failed |= !take(r, c);
}

/* Days since 1970 of a date of the Gregorian calendar; years begin in March, so that
 * the leap day is the last one. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static int64_t
month_length(int64_t year, int64_t month)
{
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (month == 2)
		return leap ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static int64_t
date(struct reading *r)
{
	int64_t year = number(r, 4, 1, 9999), month, day;

	need(r, '-');
	month = number(r, 2, 1, 12);
	need(r, '-');
	day = number(r, 2, 1, 31);
	r->failed |= day > month_length(year, month);
	return days_of(year, month, day);
}

static int64_t
time_of_day_ms(struct reading *r)
{
	int64_t s = number(r, 2, 0, 23) * 3600, ms = 0, unit = 100;

	need(r, ':');
	s += number(r, 2, 0, 59) * 60;
	need(r, ':');
	s += number(r, 2, 0, 60);
	if (take(r, '.') || take(r, ','))
		for (ms += unit * number(r, 1, 0, 9); r->rest.n && is_digit(*r->rest.p);) {
			unit /= 10;
			ms += unit * number(r, 1, 0, 9);
		}
	return s * MS_PER_S + ms;
}

static int64_t
zone_s(struct reading *r)
{
	int64_t sign, s;

	if (take(r, 'Z'))
		return 0;
	sign = r->rest.n && *r->rest.p == '-' ? -1 : 1;
	if (!take(r, '+') && !take(r, '-'))
		return 0;
	s = number(r, 2, 0, 15) * 3600;
	if (take(r, ':') || (r->rest.n && is_digit(*r->rest.p)))
		s += number(r, 2, 0, 59) * 60;
	if (take(r, ':'))
		s += number(r, 2, 0, 59);
	return sign * s;
}

enum err
timestamp_parse(struct str text, int64_t *ret_ms)
{
	struct reading r = {.rest = text};
	int64_t ms = date(&r) * 24 * 3600 * MS_PER_S;

	if (!take(&r, 'T'))
		need(&r, ' ');
	ms += time_of_day_ms(&r);
	if (r.rest.n > 1 && *r.rest.p == ' ' && (r.rest.p[1] == '+' || r.rest.p[1] == '-'))
		(void)take(&r, ' ');
	ms -= zone_s(&r) * MS_PER_S;
	if (r.failed || text.n > TIMESTAMP_MAX || !str_is_printable(text) ||
		(r.rest.n && *r.rest.p != ' '))
		return ERR_MALFORMED;
	*ret_ms = ms;
	return OK;
}
