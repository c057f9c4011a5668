/* What is read as an instant is written as one again, to the second. */
#include "lib/base/timestamp.h"

#include "lib/base/clock.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	int64_t ms, again;
	char written[21];

	if (timestamp_parse(text, &ms) || ms < 0 || ms >= INT64_C(253402300800000))
		return 0;
	clock_format_utc(ms, written);
	if (timestamp_parse(str_of(written), &again) || again != ms - ms % MS_PER_S)
		abort();
	return 0;
}
