/* Where a service is. */
#include "lib/base/endpoint.h"

enum err
endpoint_parse(struct str text, struct endpoint *ret)
{
	struct str host, digits;
	size_t colon = text.n;
	int64_t port;

	if (str_starts(text, STR("/"))) {
		*ret = (struct endpoint){.host = text};
		return OK;
	}
	while (colon && text.p[colon - 1] != ':')
		colon--;
	if (!colon)
		return ERR_MALFORMED;
	digits = str_from(text, colon);
	host = str_first(text, colon - 1);
	if (str_to_i64(digits, &port) || port < 1 || port > 65535)
		return ERR_MALFORMED;
	if (str_starts(host, STR("[")) && str_ends(host, STR("]")))
		host = str_first(str_from(host, 1), host.n - 2);
	else if (str_has_char(host, ':'))
		return ERR_MALFORMED;
	if (!host.n || !str_is_printable(host) || str_has_char(host, ' '))
		return ERR_MALFORMED;
	*ret = (struct endpoint){.host = host, .port = (int)port};
	return OK;
}
