/* The parts of a URL lie inside it, and no part holds what ends it. */
#include "lib/base/url.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = {(const char *)data, size};
	struct url u;
	struct diag d;

	if (!url_parse(s, &u, &d)) {
		if (u.scheme.n + u.host.n + u.port.n + u.path.n + u.query.n >= size)
			abort();
		if (str_has_char(u.host, '@') || str_has_char(u.host, '%') ||
			str_has_char(u.path, '?') || str_has_char(s, '\\'))
			abort();
	}
	if (url_is_local_path(s) && str_starts(s, STR("//")))
		abort();
	return 0;
}
