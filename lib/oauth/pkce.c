/* S256 challenges. */
#include "lib/oauth/pkce.h"

#include "lib/base/base64.h"
#include "lib/crypto/digest.h"

enum { VERIFIER_MIN = 43, VERIFIER_MAX = 128 };

static bool
is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

bool
pkce_is_challenge(struct str s)
{
	struct digest digest;

	return base64url_decode_exact(s, digest.bytes, DIGEST_SIZE) == OK;
}

bool
pkce_is_verifier(struct str s)
{
	if (s.n < VERIFIER_MIN || s.n > VERIFIER_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_unreserved(s.p[i]))
			return false;
	return true;
}

bool
pkce_matches(struct str verifier, struct str challenge)
{
	struct digest want;

	if (!pkce_is_verifier(verifier) ||
		base64url_decode_exact(challenge, want.bytes, DIGEST_SIZE))
		return false;
	return digest_eq(sha256(verifier), want);
}
