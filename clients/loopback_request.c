/* Reads the head of a request; no more of HTTP than the listener needs. */
#include "clients/loopback_request.h"

static const struct str end_of_head = STR_INIT("\r\n\r\n");

size_t
client_loopback_head_size(struct str bytes)
{
	for (size_t i = 0; i + end_of_head.n <= bytes.n; i++)
		if (str_starts(str_from(bytes, i), end_of_head))
			return i + end_of_head.n;
	return 0;
}

/* Up to CR LF; a lone CR or LF stays in the line and is refused as unprintable. */
static struct str
take_line(struct str *rest)
{
	struct str whole = *rest;

	for (size_t i = 0; i + 1 < whole.n; i++)
		if (whole.p[i] == '\r' && whole.p[i + 1] == '\n') {
			*rest = str_from(whole, i + 2);
			return str_first(whole, i);
		}
	*rest = STR_NONE;
	return whole;
}

/* Adds to *hosts for each Host, and remembers the last; of Cookie, a browser sends one. */
static bool
read_headers(struct str rest, struct str *host, size_t *hosts, struct str *cookies)
{
	while (rest.n) {
		struct str line = take_line(&rest), name;

		if (!line.n)
			continue; /* the blank line */
		if (!str_has_char(line, ':'))
			return false;
		name = str_cut(&line, ':');
		if (!name.n || !str_is_printable(name) || str_has_char(name, ' '))
			return false;
		if (str_is_nocase(name, "Host")) {
			*host = str_trim(line);
			++*hosts;
		} else if (str_is_nocase(name, "Cookie")) {
			*cookies = str_trim(line);
		}
	}
	return true;
}

static bool
read_target(struct str target, struct loopback_request *ret)
{
	if (!target.n || target.p[0] != '/' || !str_is_printable(target))
		return false;
	ret->path = str_cut(&target, '?');
	ret->query = target;
	return true;
}

enum err
client_loopback_request_parse(struct str head, struct str authority, struct loopback_request *ret)
{
	struct str rest = head, host = STR_NONE, cookies = STR_NONE;
	struct str line = take_line(&rest);
	struct str method = str_cut(&line, ' ');
	struct str target = str_cut(&line, ' ');
	struct loopback_request request;
	size_t hosts = 0;

	if ((!str_is(line, "HTTP/1.1") && !str_is(line, "HTTP/1.0")) ||
		!read_headers(rest, &host, &hosts, &cookies) || hosts != 1)
		return ERR_MALFORMED;
	if (!str_eq(host, authority))
		return ERR_FORBIDDEN;
	if (!str_is(method, "GET"))
		return ERR_METHOD_NOT_ALLOWED;
	if (!read_target(target, &request))
		return ERR_MALFORMED;
	request.cookies = cookies;
	*ret = request;
	return OK;
}
