/* The cookie of browsers on which somebody has signed in: id, seal, names. */
#include "server/gate/known_browser.h"

#include "lib/account/user.h"
#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/random.h"
#include "server/reply.h"
#include "server/server.h"

#include <string.h>

enum { HEAD_SIZE = ID_SIZE + BROWSER_SEAL_SIZE };

static const int64_t day_ms = 86400 * MS_PER_S;
static const int64_t life_ms = 180 * day_ms;
static const int64_t renewed_after_ms = 30 * day_ms;

static const char *
cookie_name(const struct exchange *x)
{
	return x->server->https ? "__Host-authgate_known" : "authgate_known";
}

/* Of the id alone, or of a person on this browser, who is another one once all was taken back: what
 * a thief signed in on with the old password is a stranger's like any other. */
static void
seal_with(const struct secret *key, struct id id, const struct user *user,
	unsigned char out[static BROWSER_SEAL_SIZE])
{
	char text[ID_SIZE + sizeof user->tokens_revoked_ms + USERNAME_MAX];
	size_t n = ID_SIZE;
	struct digest mac;

	memcpy(text, id.bytes, ID_SIZE);
	if (user) {
		HOLDS(user->username.n <= USERNAME_MAX);
		for (int shift = 56; shift >= 0; shift -= 8)
			text[n++] = (char)(user->tokens_revoked_ms >> shift);
		memcpy(text + n, user->username.p, user->username.n);
		n += user->username.n;
	}
	mac = hmac_sha256(key, (struct str){text, n});
	memcpy(out, mac.bytes, BROWSER_SEAL_SIZE);
}

static void
seal(const struct exchange *x, struct id id, const struct user *user,
	unsigned char out[static BROWSER_SEAL_SIZE])
{
	seal_with(rolling_key_in_force(&x->server->browser_key, x->cx.issuer->waits_for_reseal), id,
		user, out);
}

static bool
is_sealed(
	const struct exchange *x, struct id id, const struct user *user, const unsigned char *sent)
{
	const struct rolling_key *rolling = &x->server->browser_key;
	unsigned char wanted[BROWSER_SEAL_SIZE];
	bool is = false;

	for (size_t i = 0; i < rolling->count; i++) {
		seal_with(&rolling->keys[i], id, user, wanted);
		is |= equal_in_constant_time(wanted, sent, sizeof wanted);
	}
	return is;
}

/* An id begins with its instant (lib/base/id.h). */
static int64_t
age_ms(const struct exchange *x, struct id id)
{
	int64_t made_ms = 0;

	for (int i = 0; i < 6; i++)
		made_ms = made_ms << 8 | id.bytes[i];
	return x->cx.now_ms - made_ms;
}

bool
known_browser_read(const struct exchange *x, struct known_browser *ret)
{
	struct str text = request_cookie(&x->request, cookie_name(x));
	unsigned char bytes[HEAD_SIZE + BROWSER_NAMES_MAX * BROWSER_SEAL_SIZE];
	struct known_browser b = {.name_count = 0};

	for (size_t n = 1; n <= BROWSER_NAMES_MAX; n++)
		if (text.n == BASE64URL_SIZE(HEAD_SIZE + n * BROWSER_SEAL_SIZE))
			b.name_count = n;
	if (!b.name_count ||
		base64url_decode_exact(text, bytes, HEAD_SIZE + b.name_count * BROWSER_SEAL_SIZE))
		return false;
	memcpy(b.id.bytes, bytes, ID_SIZE);
	memcpy(b.names, bytes + HEAD_SIZE, b.name_count * BROWSER_SEAL_SIZE);
	if (!is_sealed(x, b.id, NULL, bytes + ID_SIZE) || age_ms(x, b.id) > life_ms)
		return false;
	*ret = b;
	return true;
}

bool
known_browser_knows(struct exchange *x, const struct known_browser *b, struct str name)
{
	struct str username;
	struct user user;
	bool found = false;

	if (username_canonical(x->cx.arena, name, &username) ||
		user_by_name(x->cx.store, x->cx.arena, username, &user))
		return false;
	for (size_t i = 0; i < b->name_count; i++)
		found |= is_sealed(x, b->id, &user, b->names[i]);
	return found;
}

static void
put_first(struct exchange *x, struct known_browser *b, const struct user *user)
{
	unsigned char names[BROWSER_NAMES_MAX][BROWSER_SEAL_SIZE];
	size_t n = 1;

	seal(x, b->id, user, names[0]);
	for (size_t i = 0; i < b->name_count && n < BROWSER_NAMES_MAX; i++)
		if (memcmp(b->names[i], names[0], BROWSER_SEAL_SIZE) != 0)
			memcpy(names[n++], b->names[i], BROWSER_SEAL_SIZE);
	memcpy(b->names, names, n * BROWSER_SEAL_SIZE);
	b->name_count = n;
}

/* Names are bound to the id: a new one begins with this name alone. */
void
known_browser_remember(struct exchange *x, const struct user *user)
{
	unsigned char bytes[HEAD_SIZE + BROWSER_NAMES_MAX * BROWSER_SEAL_SIZE];
	struct known_browser b = {.name_count = 0};
	size_t size;

	if (!known_browser_read(x, &b) || age_ms(x, b.id) > renewed_after_ms) {
		b.name_count = 0;
		if (id_new(x->cx.now_ms, &b.id))
			return;
	}
	put_first(x, &b, user);
	size = HEAD_SIZE + b.name_count * BROWSER_SEAL_SIZE;
	memcpy(bytes, b.id.bytes, ID_SIZE);
	seal(x, b.id, NULL, bytes + ID_SIZE);
	memcpy(bytes + HEAD_SIZE, b.names, b.name_count * BROWSER_SEAL_SIZE);
	reply_header(x, "set-cookie",
		str_printf(x->cx.arena, "%s=%.*s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
			cookie_name(x), STR_ARG(base64url(x->cx.arena, bytes, size)),
			(long long)(life_ms / MS_PER_S), x->server->https ? "; Secure" : ""));
}

void
known_browser_stay(struct exchange *x)
{
	struct user after = x->user;

	after.tokens_revoked_ms = x->cx.now_ms;
	known_browser_remember(x, &after);
}
