/* Reads a certificate and a key with OpenSSL. */
#include "lib/crypto/certificate.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <errno.h>
#include <string.h>
#include <time.h>

static int64_t
ms_of(const ASN1_TIME *when)
{
	struct tm tm = {.tm_sec = 0};

	return ASN1_TIME_to_tm(when, &tm) == 1 ? (int64_t)timegm(&tm) * MS_PER_S : 0;
}

static bool
has_name(X509 *certificate, struct str host)
{
	struct arena arena = {0};
	const char *name = str_c(&arena, host);
	bool has = X509_check_ip_asc(certificate, name, 0) == 1 ||
		   X509_check_host(certificate, name, 0, 0, NULL) == 1;

	arena_free(&arena);
	return has;
}

static enum err
open_file(const char *path, FILE **ret, struct diag *diag)
{
	*ret = fopen(path, "re");
	return *ret ? OK : diag_set(diag, ERR_IO, "%s: %s", path, strerror(errno));
}

/* A key with a passphrase is refused, not asked for. */
static int
no_passphrase(char *buffer, int size, int rwflag, void *context)
{
	(void)buffer;
	(void)size;
	(void)rwflag;
	(void)context;
	return -1;
}

static enum err
read_certificate(const char *path, X509 **ret, struct diag *diag)
{
	FILE *file;
	enum err e;

	if ((e = open_file(path, &file, diag)))
		return e;
	*ret = PEM_read_X509(file, NULL, no_passphrase, NULL);
	(void)fclose(file);
	ERR_clear_error();
	return *ret ? OK : diag_set(diag, ERR_CONFIG, "%s: not a certificate in PEM", path);
}

static enum err
read_key(const char *path, EVP_PKEY **ret, struct diag *diag)
{
	FILE *file;
	enum err e;

	if ((e = open_file(path, &file, diag)))
		return e;
	*ret = PEM_read_PrivateKey(file, NULL, no_passphrase, NULL);
	(void)fclose(file);
	ERR_clear_error();
	return *ret ? OK : diag_set(diag, ERR_CONFIG, "%s: not a private key in PEM", path);
}

enum err
certificate_inspect(const char *cert_file, const char *key_file, struct str host,
	struct certificate *ret, struct diag *diag)
{
	X509 *certificate = NULL;
	EVP_PKEY *key = NULL;
	enum err e = read_certificate(cert_file, &certificate, diag);

	if (!e && !(e = read_key(key_file, &key, diag)))
		*ret = (struct certificate){
			.not_before_ms = ms_of(X509_get0_notBefore(certificate)),
			.not_after_ms = ms_of(X509_get0_notAfter(certificate)),
			.fits_key = X509_check_private_key(certificate, key) == 1,
			.fits_host = has_name(certificate, host),
		};
	ERR_clear_error();
	EVP_PKEY_free(key);
	X509_free(certificate);
	return e;
}
