/* AES-256-GCM: nonce (12 bytes), ciphertext, tag (16 bytes). */
#include "lib/crypto/seal.h"

#include "lib/crypto/random.h"

#include <openssl/evp.h>
#include <string.h>

enum { KEY_SIZE = 32, NONCE_SIZE = 12, TAG_SIZE = 16, SEAL_MAX = 1 << 20 };

static bool
start(EVP_CIPHER_CTX *ctx, const struct secret *key, const unsigned char *nonce, struct str context,
	int encrypt)
{
	int n;
	return EVP_CipherInit_ex2(ctx, EVP_aes_256_gcm(), key->p, nonce, encrypt, NULL) > 0 &&
	       (!context.n || EVP_CipherUpdate(ctx, NULL, &n, (const unsigned char *)context.p,
				      (int)context.n) > 0);
}

/* OpenSSL takes a NULL input for the end of the message. */
static bool
transform(EVP_CIPHER_CTX *ctx, unsigned char *out, const char *in, size_t size)
{
	int n = 0;
	return !size || (EVP_CipherUpdate(ctx, out, &n, (const unsigned char *)in, (int)size) > 0 &&
				(size_t)n == size);
}

enum err
seal(struct arena *arena, const struct secret *key, struct str context, struct str plain,
	struct str *ret)
{
	if (key->n != KEY_SIZE || plain.n > SEAL_MAX || context.n > SEAL_MAX)
		return ERR_CRYPTO;
	size_t size = NONCE_SIZE + plain.n + TAG_SIZE;
	unsigned char *out = arena_alloc(arena, size);
	enum err e = random_bytes(out, NONCE_SIZE);
	if (e)
		return e;
	int n;
	unsigned char *body = out + NONCE_SIZE;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok = ctx && start(ctx, key, out, context, 1) &&
		  transform(ctx, body, plain.p, plain.n) &&
		  EVP_CipherFinal_ex(ctx, body + plain.n, &n) > 0 &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, body + plain.n) > 0;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		return ERR_CRYPTO;
	*ret = (struct str){(const char *)out, size};
	return OK;
}

enum err
unseal(struct arena *arena, const struct secret *key, struct str context, struct str sealed,
	struct str *ret)
{
	if (key->n != KEY_SIZE || context.n > SEAL_MAX || sealed.n < NONCE_SIZE + TAG_SIZE ||
		sealed.n > SEAL_MAX + NONCE_SIZE + TAG_SIZE)
		return ERR_CRYPTO;
	size_t size = sealed.n - NONCE_SIZE - TAG_SIZE;
	const unsigned char *nonce = (const unsigned char *)sealed.p;
	unsigned char tag[TAG_SIZE];
	memcpy(tag, sealed.p + sealed.n - TAG_SIZE, TAG_SIZE);
	unsigned char *out = arena_alloc(arena, size + 1);
	int n;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ok = ctx && start(ctx, key, nonce, context, 0) &&
		  transform(ctx, out, sealed.p + NONCE_SIZE, size) &&
		  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) > 0 &&
		  EVP_CipherFinal_ex(ctx, out + size, &n) > 0;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok) {
		wipe(out, size);
		return ERR_CRYPTO;
	}
	*ret = (struct str){(const char *)out, size};
	return OK;
}
