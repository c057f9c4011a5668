/* Heads that reach the loopback listener: what is taken is a local GET. */
#include "clients/loopback_request.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct str text = {(const char *)bytes, n};
	struct loopback_request request;
	size_t size = client_loopback_head_size(text);

	if (size > n)
		abort();
	if (size && !client_loopback_request_parse(
			    str_first(text, size), STR("127.0.0.1:1"), &request)) {
		if (!str_starts(text, STR("GET /")) || request.path.p[0] != '/' ||
			str_has_char(request.path, '?') || !str_is_printable(request.path) ||
			!str_is_printable(request.query))
			abort();
	}
	return 0;
}
