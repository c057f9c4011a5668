/* A file in the token store: what is accepted survives a round trip. */
#include "clients/tokenstore.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct stored_token first, second;
	struct arena arena = {0};
	struct diag diag;
	struct buf out;

	if (!client_stored_token_parse(
		    &arena, (struct str){(const char *)bytes, n}, &first, &diag)) {
		buf_init(&out, &arena, (size_t)8 * STORED_TOKEN_MAX);
		client_stored_token_write(&out, &first, (struct str){(const char *)bytes, n});
		if (!buf_ok(&out))
			abort();
		/* Escaping may have made it longer than a file may be. */
		if (out.n <= STORED_TOKEN_MAX &&
			(client_stored_token_parse(&arena, buf_str(&out), &second, &diag) ||
				!str_eq(first.issuer, second.issuer) ||
				!str_eq(first.account, second.account) ||
				!str_eq(first.access_token, second.access_token) ||
				first.expires_at != second.expires_at))
			abort();
		if (!str_is_printable(first.access_token))
			abort();
	}
	arena_free(&arena);
	return 0;
}
