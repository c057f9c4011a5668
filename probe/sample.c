/*
 * Cases: a sample of codes (RFC 8628 sections 5.1, 5.2 and 6.1).
 *
 * A small sample cannot prove that codes are random, only that they are not: that they are too
 * short for what they protect, that they are counted up, or that most of them stays the same.
 */
#include "probe/case.h"

#include <string.h>

enum {
	SAMPLE_LEAST = 4,
	DEVICE_CODE_BITS = 120, /* "very high entropy" */
	USER_CODE_BITS = 19,    /* a million codes, guesses are limited besides */
	USER_CODE_LONGEST = 16,
	SHARED_MOST = 4, /* in ten: places of a code that never change */
};

static bool
fill_sample(struct probe *p)
{
	while (p->sample_count < SAMPLE_MAX && !p->is_cancelled) {
		if (!probe_code_new(p, &p->sample[p->sample_count]))
			break;
		p->sample_count++;
	}
	return p->sample_count >= SAMPLE_LEAST;
}

enum probe_result
probe_sample_unique(struct probe *p)
{
	if (!fill_sample(p))
		return PROBE_FAIL;
	for (size_t i = 0; i < p->sample_count; i++)
		for (size_t k = 0; k < i; k++) {
			if (str_eq(p->sample[i].device_code, p->sample[k].device_code))
				return probe_fail(p, "two requests got the same device code");
			if (str_eq(p->sample[i].user_code, p->sample[k].user_code))
				return probe_fail(p, "two requests got the same user code");
		}
	return probe_pass(p);
}

typedef struct str code_text(const struct code *);

static struct str
device_code_of(const struct code *c)
{
	return c->device_code;
}

static struct str
user_code_of(const struct code *c)
{
	return c->user_code;
}

/* How many different characters a character is one of, judged by its kind. */
static int
alphabet(const struct probe *p, code_text *text)
{
	bool lower = false, upper = false, digit = false, other = false;
	bool hex = true;

	for (size_t i = 0; i < p->sample_count; i++) {
		struct str s = text(&p->sample[i]);

		for (size_t k = 0; k < s.n; k++) {
			char c = s.p[k];

			lower = lower || (c >= 'a' && c <= 'z');
			upper = upper || (c >= 'A' && c <= 'Z');
			digit = digit || (c >= '0' && c <= '9');
			other = other || c == '-' || c == '_' || c == '+' || c == '/';
			hex = hex && strchr("0123456789abcdefABCDEF-", c);
		}
	}
	if (hex && !(lower && upper))
		return lower || upper ? 16 : 10;
	/* Of capital letters alone, those that make no words (section 6.1). */
	return (lower ? 26 : 0) + (digit ? 10 : 0) + (other && lower && upper ? 2 : 0) +
	       (upper ? (lower || digit ? 26 : 20) : 0);
}

/* The binary logarithm of a small number, without a library of mathematics. */
static double
bits_of(int n)
{
	double bits = 0, rest = n;

	while (rest >= 2) {
		rest /= 2;
		bits += 1;
	}
	/* The logarithm is concave between powers of two: a chord is a little below it. */
	return bits + (rest > 1 ? rest - 1 : 0);
}

static size_t
shortest(const struct probe *p, code_text *text)
{
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < p->sample_count; i++) {
		size_t n = text(&p->sample[i]).n;

		least = n < least ? n : least;
	}
	return least;
}

/* Places where the codes of the sample differ at all. */
static size_t
places_that_change(const struct probe *p, code_text *text, size_t n)
{
	size_t count = 0;

	for (size_t at = 0; at < n; at++)
		for (size_t i = 1; i < p->sample_count; i++)
			if (text(&p->sample[i]).p[at] != text(&p->sample[0]).p[at]) {
				count++;
				break;
			}
	return count;
}

/* Mean number of places in which a code differs from the one before. */
static double
change_from_one_to_next(const struct probe *p, code_text *text, size_t n)
{
	size_t count = 0;

	for (size_t i = 1; i < p->sample_count; i++)
		for (size_t at = 0; at < n; at++)
			count += text(&p->sample[i]).p[at] != text(&p->sample[i - 1]).p[at];
	return (double)count / (double)(p->sample_count - 1);
}

static enum probe_result
judge_bits(struct probe *p, code_text *text, const char *name, int least)
{
	size_t n = shortest(p, text);
	double bits = (double)places_that_change(p, text, n) * bits_of(alphabet(p, text));

	if (bits < least)
		return probe_fail(p,
			"%s: about %d bits by its length and characters, fewer than %d", name,
			(int)bits, least);
	if (change_from_one_to_next(p, text, n) * 10 <
		(double)places_that_change(p, text, n) * SHARED_MOST)
		return probe_fail(
			p, "%s: one is much like the one before, as if they were counted", name);
	return probe_pass(p);
}

enum probe_result
probe_sample_device_code(struct probe *p)
{
	if (p->sample_count < SAMPLE_LEAST)
		return probe_skip(p, "there is no sample");
	return judge_bits(p, device_code_of, "device_code", DEVICE_CODE_BITS);
}

enum probe_result
probe_sample_user_code(struct probe *p)
{
	if (p->sample_count < SAMPLE_LEAST)
		return probe_skip(p, "there is no sample");
	return judge_bits(p, user_code_of, "user_code", USER_CODE_BITS);
}

/* What everybody sees must not tell what only the device may know. */
enum probe_result
probe_sample_apart(struct probe *p)
{
	for (size_t i = 0; i < p->sample_count; i++)
		if (memmem(p->sample[i].device_code.p, p->sample[i].device_code.n,
			    p->sample[i].user_code.p, p->sample[i].user_code.n))
			return probe_fail(p, "the device code holds the user code");
	return p->sample_count ? probe_pass(p) : probe_skip(p, "there is no sample");
}

/* Section 6.1: typed by hand, on whatever keyboard. */
enum probe_result
probe_sample_typable(struct probe *p)
{
	for (size_t i = 0; i < p->sample_count; i++) {
		struct str code = p->sample[i].user_code;

		if (code.n > USER_CODE_LONGEST)
			return probe_fail(p, "a user code has %zu characters", code.n);
		for (size_t k = 0; k < code.n; k++) {
			char c = code.p[k];

			if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
				!(c >= '0' && c <= '9') && c != '-' && c != ' ')
				return probe_fail(p,
					"a user code has characters that not every keyboard has: "
					"%.*s",
					STR_ARG(probe_clean(p, code)));
		}
	}
	return p->sample_count ? probe_pass(p) : probe_skip(p, "there is no sample");
}
