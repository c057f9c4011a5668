/* Reads a request head line by line, once, and believes nothing. */
#include "server/engine/head.h"

#include <string.h>

struct head {
	bool http_1_0;
	unsigned hosts;
	unsigned lengths;
	unsigned codings;
};

/* tchar of RFC 9110 section 5.6.2. */
static const bool token_char[256] = {
	['!'] = 1,
	['#'] = 1,
	['$'] = 1,
	['%'] = 1,
	['&'] = 1,
	['\''] = 1,
	['*'] = 1,
	['+'] = 1,
	['-'] = 1,
	['.'] = 1,
	['^'] = 1,
	['_'] = 1,
	['`'] = 1,
	['|'] = 1,
	['~'] = 1,
	['0'] = 1,
	['1'] = 1,
	['2'] = 1,
	['3'] = 1,
	['4'] = 1,
	['5'] = 1,
	['6'] = 1,
	['7'] = 1,
	['8'] = 1,
	['9'] = 1,
	['a'] = 1,
	['b'] = 1,
	['c'] = 1,
	['d'] = 1,
	['e'] = 1,
	['f'] = 1,
	['g'] = 1,
	['h'] = 1,
	['i'] = 1,
	['j'] = 1,
	['k'] = 1,
	['l'] = 1,
	['m'] = 1,
	['n'] = 1,
	['o'] = 1,
	['p'] = 1,
	['q'] = 1,
	['r'] = 1,
	['s'] = 1,
	['t'] = 1,
	['u'] = 1,
	['v'] = 1,
	['w'] = 1,
	['x'] = 1,
	['y'] = 1,
	['z'] = 1,
	['A'] = 1,
	['B'] = 1,
	['C'] = 1,
	['D'] = 1,
	['E'] = 1,
	['F'] = 1,
	['G'] = 1,
	['H'] = 1,
	['I'] = 1,
	['J'] = 1,
	['K'] = 1,
	['L'] = 1,
	['M'] = 1,
	['N'] = 1,
	['O'] = 1,
	['P'] = 1,
	['Q'] = 1,
	['R'] = 1,
	['S'] = 1,
	['T'] = 1,
	['U'] = 1,
	['V'] = 1,
	['W'] = 1,
	['X'] = 1,
	['Y'] = 1,
	['Z'] = 1,
};

static bool
is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!token_char[(unsigned char)s.p[i]])
			return false;
	return s.n > 0;
}

static bool
is_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0 && s.n <= 18;
}

/* field-value of RFC 9110 section 5.5: no control character but the tab. */
static bool
is_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Takes one line off *rest, without its CRLF.  A LF alone is no line end, and
 * is_value and is_token refuse a CR within. */
static bool
take_line(struct str *rest, struct str *ret)
{
	const char *lf = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	size_t n;

	if (!lf || lf == rest->p || lf[-1] != '\r')
		return false;
	n = (size_t)(lf - rest->p);
	*ret = str_first(*rest, n - 1);
	*rest = str_from(*rest, n + 1);
	return true;
}

static enum err
check_target(struct str target)
{
	if (target.n > TARGET_MAX)
		return ERR_URI_TOO_LONG;
	if (!target.n || target.p[0] != '/' || !str_is_printable(target) ||
		str_has_char(target, '#'))
		return ERR_INVALID_REQUEST;
	return OK;
}

static enum err
check_request_line(struct head *head, struct str line)
{
	struct str method = str_cut(&line, ' ');
	struct str target = str_cut(&line, ' ');

	if (!is_token(method))
		return ERR_INVALID_REQUEST;
	head->http_1_0 = str_is(line, "HTTP/1.0");
	if (!head->http_1_0 && !str_is(line, "HTTP/1.1"))
		return ERR_INVALID_REQUEST;
	if (str_is(method, "CONNECT") || str_is(method, "TRACE"))
		return ERR_METHOD_NOT_ALLOWED;
	return check_target(target);
}

static enum err
check_framing(struct head *head, struct str name, struct str value)
{
	if (name.n == 4 && str_is_nocase(name, "host")) {
		if (++head->hosts > 1 || !value.n)
			return ERR_INVALID_REQUEST;
	} else if (name.n == 14 && str_is_nocase(name, "content-length")) {
		if (++head->lengths > 1 || !is_digits(value))
			return ERR_INVALID_REQUEST;
	} else if (name.n == 17 && str_is_nocase(name, "transfer-encoding")) {
		if (++head->codings > 1 || head->http_1_0 || !str_is_nocase(value, "chunked"))
			return ERR_INVALID_REQUEST;
	}
	return OK;
}

/* A line that begins with white space is obs-fold; its name is no token. */
static enum err
check_field(struct head *head, struct str line)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct str name;
	struct str value;

	if (!colon)
		return ERR_INVALID_REQUEST;
	name = str_first(line, (size_t)(colon - line.p));
	value = str_trim(str_from(line, name.n + 1));
	if (!is_token(name) || !is_value(value))
		return ERR_INVALID_REQUEST;
	return check_framing(head, name, value);
}

static enum err
check_whole(const struct head *head)
{
	if (head->lengths && head->codings)
		return ERR_INVALID_REQUEST;
	if (!head->hosts && !head->http_1_0)
		return ERR_INVALID_REQUEST;
	return OK;
}

/* What is wrong with a head that no line end was found in. */
static enum err
cut_short(struct str bytes, struct str rest, bool in_request_line)
{
	if (rest.n && memchr(rest.p, '\n', rest.n))
		return ERR_INVALID_REQUEST;
	if (bytes.n < HEAD_MAX)
		return ERR_INVALID_REQUEST;
	return in_request_line ? ERR_URI_TOO_LONG : ERR_HEAD_TOO_LARGE;
}

enum err
head_check(struct str bytes)
{
	struct head head = {0};
	struct str rest;
	struct str line;
	enum err e;

	bytes = str_first(bytes, HEAD_MAX);
	rest = bytes;
	/* RFC 9112 section 2.2: one empty line before a request is forgiven. */
	if (rest.n >= 2 && rest.p[0] == '\r' && rest.p[1] == '\n')
		rest = str_from(rest, 2);
	if (!take_line(&rest, &line))
		return cut_short(bytes, rest, true);
	if ((e = check_request_line(&head, line)))
		return e;
	for (;;) {
		if (!take_line(&rest, &line))
			return cut_short(bytes, rest, false);
		if (!line.n)
			return check_whole(&head);
		if ((e = check_field(&head, line)))
			return e;
	}
}
