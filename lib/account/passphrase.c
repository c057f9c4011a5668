/* One form for what is typed. */
#include "lib/account/passphrase.h"

#include "lib/base/nfc.h"

struct str
passphrase_form(struct arena *arena, struct str typed)
{
	return typed.n <= PASSWORD_MAX ? nfc(arena, typed) : typed;
}

enum err
passphrase_hash(struct arena *arena, struct str typed, struct str *ret_hash)
{
	return password_hash(arena, passphrase_form(arena, typed), ret_hash);
}

enum err
passphrase_verify(struct arena *arena, struct str hash, struct str typed, bool *ret_stale)
{
	struct str form = passphrase_form(arena, typed);
	enum err e = password_verify(hash, form);

	*ret_stale = false;
	if (e != ERR_BAD_CREDENTIALS || str_eq(form, typed))
		return e;
	e = password_verify(hash, typed);
	*ret_stale = e == OK;
	return e;
}
