/*
 * What an operator wants to know of a certificate before its users complain.
 */
#ifndef LIB_CRYPTO_CERTIFICATE_H
#define LIB_CRYPTO_CERTIFICATE_H

#include "lib/base/diag.h"
#include "lib/base/str.h"

#include <stdint.h>

struct certificate {
	int64_t not_before_ms;
	int64_t not_after_ms;
	bool fits_key;
	bool fits_host; /* by its subjectAltName (RFC 6125, RFC 9525) */
};

/* Of the first certificate of a PEM file, with a PEM key and the host, a name or an
 * address, that clients ask for. */
MUST_USE enum err certificate_inspect(const char *cert_file, const char *key_file, struct str host,
	struct certificate *ret, struct diag *);

#endif
