/* Passwords: yescrypt for new ones, bcrypt of the Go original verified. */
#include "lib/crypto/password.h"

#include "lib/crypto/random.h"

#include <crypt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { HASH_MAX = CRYPT_OUTPUT_SIZE };

_Static_assert(PASSWORD_MAX < CRYPT_MAX_PASSPHRASE_SIZE, "crypt(3) takes a password and its NUL");

static const char alphabet[] = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
static const char *const prefixes[] = {"$y$", "$2a$", "$2b$", "$2y$"};

static const char bcrypt_setting[] = "$2b$10$CCCCCCCCCCCCCCCCCCCCC.";
static atomic_bool is_bcrypt_expected;

static pthread_once_t dummy_once = PTHREAD_ONCE_INIT;
static char dummy[HASH_MAX];

/* Hashes with the setting into out; struct crypt_data is 32 KB and holds what
 * the password left behind, hence heap and wipe. */
static enum err
hash_with(const char *setting, struct str password, char out[HASH_MAX])
{
	char text[PASSWORD_MAX + 1] = {0};
	struct crypt_data *data = xcalloc(1, sizeof *data);
	memcpy(text, password.p, password.n);
	const char *hash = crypt_r(text, setting, data);
	enum err e = hash && hash[0] != '*' && strlen(hash) < HASH_MAX ? OK : ERR_CRYPTO;
	if (!e)
		memcpy(out, hash, strlen(hash) + 1);
	wipe(text, sizeof text);
	wipe(data, sizeof *data);
	free(data);
	return e;
}

static enum err
hash_new(struct str password, char out[HASH_MAX])
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	char salt[16];
	enum err e = random_bytes(salt, sizeof salt);
	if (e)
		return e;
	if (!crypt_gensalt_rn("$y$", 0, salt, sizeof salt, setting, sizeof setting))
		return ERR_CRYPTO;
	return hash_with(setting, password, out);
}

static void
dummy_make(void)
{
	if (hash_new(STR("nobody has this password"), dummy))
		dummy[0] = '\0';
}

static bool
is_hashable(struct str password)
{
	return password.n && password.n <= PASSWORD_MAX && !memchr(password.p, 0, password.n);
}

static bool
is_bcrypt(const char *hash)
{
	return hash[0] == '$' && hash[1] == '2';
}

static bool
is_known(struct str hash)
{
	for (size_t i = 0; i < countof(prefixes); i++) {
		if (str_starts(hash, str_of(prefixes[i])))
			return hash.n < HASH_MAX && !memchr(hash.p, 0, hash.n);
	}
	return false;
}

enum err
password_hash(struct arena *arena, struct str password, struct str *ret_hash)
{
	char hash[HASH_MAX];
	if (!is_hashable(password))
		return ERR_MALFORMED;
	enum err e = hash_new(password, hash);
	if (!e)
		*ret_hash = str_copy(arena, str_of(hash));
	return e;
}

void
password_expect_bcrypt(void)
{
	atomic_store(&is_bcrypt_expected, true);
}

/* The other kind, for the time it takes. */
static void
spend_other(const char *stored, struct str password)
{
	char computed[HASH_MAX] = {0};

	(void)!hash_with(is_bcrypt(stored) ? dummy : bcrypt_setting, password, computed);
	wipe(computed, sizeof computed);
}

enum err
password_verify(struct str hash, struct str password)
{
	char stored[HASH_MAX] = {0}, computed[HASH_MAX] = {0};
	if (!is_hashable(password))
		return ERR_BAD_CREDENTIALS;
	(void)pthread_once(&dummy_once, dummy_make);
	bool known = is_known(hash);
	/* Without a hash to compare with, an unknown user would be told by the speed. */
	if (!known && !dummy[0])
		return ERR_CRYPTO;
	if (known)
		memcpy(stored, hash.p, hash.n);
	else
		memcpy(stored, dummy, sizeof dummy);
	if (is_bcrypt(stored))
		password_expect_bcrypt();
	if (atomic_load(&is_bcrypt_expected))
		spend_other(stored, password);
	/* Bcrypt reads 72 bytes: a longer password would match its own prefix. */
	bool cut = is_bcrypt(stored) && password.n > 72;
	enum err e = hash_with(stored, password, computed);
	bool same = equal_in_constant_time(stored, computed, sizeof stored);
	wipe(computed, sizeof computed);
	return !e && known && same && !cut ? OK : ERR_BAD_CREDENTIALS;
}

enum err
password_generate(struct arena *arena, size_t n, struct str *ret)
{
	char *text = arena_alloc(arena, n + 1);
	for (size_t i = 0; i < n; i++) {
		uint32_t at;
		enum err e = random_below(sizeof alphabet - 1, &at);
		if (e)
			return e;
		text[i] = alphabet[at];
	}
	*ret = (struct str){text, n};
	return OK;
}
