/* Opaque credentials: an id to find the row, a secret to prove possession. */
#include "lib/crypto/credential.h"

#include "lib/base/base64.h"
#include "lib/crypto/random.h"

enum { SECRET_SIZE = 32, ID_CHARS = 22 };

static struct digest
digest_of(const uint8_t secret[SECRET_SIZE])
{
	return sha256((struct str){(const char *)secret, SECRET_SIZE});
}

enum err
credential_renew(struct arena *arena, struct id id, struct credential *ret, struct str *ret_text)
{
	uint8_t secret[SECRET_SIZE];
	enum err e = random_bytes(secret, sizeof secret);
	if (e)
		return e;
	struct buf text;
	buf_init(&text, arena, CREDENTIAL_TEXT_SIZE);
	base64url_encode(&text, id.bytes, ID_SIZE);
	buf_add_char(&text, '.');
	base64url_encode(&text, secret, SECRET_SIZE);
	*ret = (struct credential){.id = id, .digest = digest_of(secret)};
	*ret_text = buf_str(&text);
	wipe(secret, sizeof secret);
	return OK;
}

enum err
credential_new(struct arena *arena, int64_t now_ms, struct credential *ret, struct str *ret_text)
{
	struct id id;
	enum err e = id_new(now_ms, &id);
	return e ? e : credential_renew(arena, id, ret, ret_text);
}

enum err
credential_parse(struct str text, struct credential *ret)
{
	if (text.n != CREDENTIAL_TEXT_SIZE || text.p[ID_CHARS] != '.')
		return ERR_MALFORMED;
	struct id id;
	uint8_t secret[SECRET_SIZE];
	enum err e = base64url_decode_exact(str_first(text, ID_CHARS), id.bytes, ID_SIZE);
	if (!e)
		e = base64url_decode_exact(str_from(text, ID_CHARS + 1), secret, SECRET_SIZE);
	/* Version 7, variant 10: RFC 9562 section 5.7. */
	if (!e && ((id.bytes[6] >> 4) != 7 || (id.bytes[8] >> 6) != 2))
		e = ERR_MALFORMED;
	if (!e)
		*ret = (struct credential){.id = id, .digest = digest_of(secret)};
	wipe(secret, sizeof secret);
	return e;
}
