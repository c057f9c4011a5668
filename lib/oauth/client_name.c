/* What people are shown as a client's name. */
#include "lib/oauth/client_name.h"

#include "lib/base/unicode.h"

bool
client_name_is_honest(struct str s)
{
	bool has_word = false;

	while (s.n) {
		size_t n = str_utf8_sequence(s);
		uint32_t point;

		if (!n || unicode_is_hidden(point = unicode_point(str_first(s, n))))
			return false;
		has_word = has_word || unicode_is_word(point);
		s = str_from(s, n);
	}
	return has_word;
}
