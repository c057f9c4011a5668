/* A JWK Set and a token, separated by a zero byte: nothing unsigned is believed. */
#include "lib/crypto/foreign_jwt.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const struct foreign_jwt_rules rules = {
		.issuer = STR_INIT("https://a.example"),
		.audience = STR_INIT("cli"),
		.now_s = 1000000,
	};
	struct arena arena = {0};
	struct diag diag = {{0}};
	struct str rest = {(const char *)bytes, n}, payload;
	struct str jwks = str_cut(&rest, '\0');

	/* No input here was signed with a key that anybody has. */
	if (!foreign_jwt_verify(&arena, jwks, rest, &rules, &payload, &diag))
		abort();
	if (!diag.text[0])
		abort();
	arena_free(&arena);
	return 0;
}
