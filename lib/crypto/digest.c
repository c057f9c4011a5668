/*
 * Digests with algorithms fetched once.  Each thread keeps one EVP_MD_CTX and
 * one EVP_MAC_CTX: implicit fetching and allocation cost more than the hashing
 * of a token.  A pthread key frees them when the thread ends; the main thread's
 * are freed at exit.
 */
#include "lib/crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct contexts {
	EVP_MD_CTX *md;
	EVP_MAC_CTX *mac;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t contexts_key;
static EVP_MD *md_sha256;
static EVP_MAC *mac_hmac;
static bool ready;

/* Digests have no error to return: going on with a wrong one would be worse. */
static NORETURN void
broken(void)
{
	fputs("authgate: OpenSSL fails at SHA-256\n", stderr);
	exit(EX_OSERR);
}

static void
contexts_free(void *p)
{
	struct contexts *contexts = p;
	if (!contexts)
		return;
	EVP_MD_CTX_free(contexts->md);
	EVP_MAC_CTX_free(contexts->mac);
	free(contexts);
}

static void
finish(void)
{
	contexts_free(pthread_getspecific(contexts_key));
	(void)pthread_setspecific(contexts_key, NULL);
}

static void
fetch(void)
{
	md_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	mac_hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	ready = md_sha256 && mac_hmac && !pthread_key_create(&contexts_key, contexts_free) &&
		!atexit(finish);
}

static struct contexts *
contexts_get(void)
{
	if (pthread_once(&once, fetch) || !ready)
		broken();
	struct contexts *contexts = pthread_getspecific(contexts_key);
	if (contexts)
		return contexts;
	contexts = xcalloc(1, sizeof *contexts);
	contexts->md = EVP_MD_CTX_new();
	contexts->mac = EVP_MAC_CTX_new(mac_hmac);
	if (!contexts->md || !contexts->mac || pthread_setspecific(contexts_key, contexts))
		broken();
	return contexts;
}

const char *
crypto_library(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}

enum err
crypto_init(void)
{
	/* FIPS 180-4, "abc". */
	static const uint8_t abc[DIGEST_SIZE] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
		0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
		0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	if (pthread_once(&once, fetch) || !ready)
		return ERR_CRYPTO;
	struct digest d = sha256(STR("abc"));
	return memcmp(d.bytes, abc, DIGEST_SIZE) ? ERR_CRYPTO : OK;
}

struct digest
sha256(struct str s)
{
	struct digest d;
	EVP_MD_CTX *md = contexts_get()->md;
	if (EVP_DigestInit_ex2(md, md_sha256, NULL) <= 0 || EVP_DigestUpdate(md, s.p, s.n) <= 0 ||
		EVP_DigestFinal_ex(md, d.bytes, NULL) <= 0)
		broken();
	return d;
}

static void
set_key(EVP_MAC_CTX *mac, const struct secret *key)
{
	/* A NULL key would mean "the key of the last call" to OpenSSL. */
	const unsigned char *bytes = key->n ? key->p : (const unsigned char *)"";
	char name[] = "SHA256";
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end()};
	if (EVP_MAC_init(mac, bytes, key->n, params) <= 0)
		broken();
}

static struct digest
finish_mac(EVP_MAC_CTX *mac, struct str s)
{
	struct digest d;
	size_t n = 0;
	if (EVP_MAC_update(mac, (const unsigned char *)s.p, s.n) <= 0 ||
		EVP_MAC_final(mac, d.bytes, &n, sizeof d.bytes) <= 0 || n != DIGEST_SIZE)
		broken();
	return d;
}

struct digest
hmac_sha256(const struct secret *key, struct str s)
{
	EVP_MAC_CTX *mac = contexts_get()->mac;
	set_key(mac, key);
	return finish_mac(mac, s);
}

/* struct hmac is OpenSSL's context under another name. */
struct hmac *
hmac_new(const struct secret *key)
{
	EVP_MAC_CTX *mac;
	if (pthread_once(&once, fetch) || !ready || !(mac = EVP_MAC_CTX_new(mac_hmac)))
		broken();
	set_key(mac, key);
	return (struct hmac *)mac;
}

struct digest
hmac_of(struct hmac *hmac, struct str s)
{
	EVP_MAC_CTX *mac = (EVP_MAC_CTX *)hmac;
	if (EVP_MAC_init(mac, NULL, 0, NULL) <= 0)
		broken();
	return finish_mac(mac, s);
}

void
hmac_free(struct hmac *hmac)
{
	EVP_MAC_CTX_free((EVP_MAC_CTX *)hmac);
}

/* RFC 5869 with no salt (32 zero bytes), label as info, one block. */
void
derive_key(const struct secret *from, const char *label, struct secret *ret)
{
	uint8_t zeros[DIGEST_SIZE] = {0};
	struct secret salt = {.p = zeros, .n = sizeof zeros};
	struct digest extracted = hmac_sha256(&salt, (struct str){(const char *)from->p, from->n});
	struct secret prk = {.p = extracted.bytes, .n = DIGEST_SIZE};
	struct arena arena = {0};
	struct str info = str_printf(&arena, "%s%c", label, 1);
	struct digest key = hmac_sha256(&prk, info);
	secret_set(ret, key.bytes, DIGEST_SIZE);
	wipe(&extracted, sizeof extracted);
	wipe(&key, sizeof key);
	arena_free(&arena);
}

bool
digest_eq(struct digest a, struct digest b)
{
	return equal_in_constant_time(a.bytes, b.bytes, DIGEST_SIZE);
}
