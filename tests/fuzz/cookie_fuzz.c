/* request_cookie: a value comes from within the header; a name given twice gives nothing. */
#include "server/exchange.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct header twice[] = {{STR("cookie"), text}, {STR("cookie"), text}};
	struct request request = {.headers = twice, .header_count = 1};
	struct str value = request_cookie(&request, "a");

	if (value.n && (value.p < text.p || value.p + value.n > text.p + text.n))
		abort();
	if (str_has_char(value, ';'))
		abort();
	request.header_count = 2;
	if (request_cookie(&request, "a").n)
		abort();
	return 0;
}
