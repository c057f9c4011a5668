/* Metadata of a hostile server: whatever is believed is on the issuer's origin. */
#include "clients/discovery.h"

#include <stdlib.h>

#define ORIGIN "https://a.example"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
check_endpoint(struct str url)
{
	if (!str_empty(url) && !str_eq(url, STR(ORIGIN)) && !str_starts(url, STR(ORIGIN "/")) &&
		!str_starts(url, STR(ORIGIN "?")))
		abort();
	if (!str_is_printable(url))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct str document = {(const char *)bytes, n};
	struct discovery found;
	struct arena arena = {0};
	struct diag diag = {{0}};

	if (!client_discovery_judge(&arena, STR(ORIGIN), document, &found, &diag)) {
		if (!str_is(found.issuer, ORIGIN) || str_empty(found.token_endpoint))
			abort();
		check_endpoint(found.token_endpoint);
		check_endpoint(found.device_authorization_endpoint);
		check_endpoint(found.userinfo_endpoint);
	} else if (!str_is_printable(str_of(diag.text))) {
		abort();
	}
	/* The same bytes as an issuer. */
	struct str urls[2];

	if (!client_discovery_urls(&arena, document, urls, NULL) &&
		(!str_is_printable(urls[0]) || !str_is_printable(urls[1])))
		abort();
	arena_free(&arena);
	return 0;
}
