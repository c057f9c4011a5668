/* Usernames and passwords. */
#include "lib/account/user.h"

#include "lib/account/passphrase.h"
#include "lib/audit/audit.h"
#include "lib/config/config.h"

static bool
is_username_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (c && str_has_char(STR("._-@+"), c));
}

static struct str
lowered(struct arena *arena, struct str s)
{
	char *copy = arena_copy(arena, s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return (struct str){copy, s.n};
}

enum err
username_canonical(struct arena *arena, struct str typed, struct str *ret)
{
	struct str name = str_trim(typed);

	if (!name.n || name.n > USERNAME_MAX)
		return ERR_MALFORMED;
	name = lowered(arena, name);
	for (size_t i = 0; i < name.n; i++)
		if (!is_username_char(name.p[i]))
			return ERR_MALFORMED;
	*ret = name;
	return OK;
}

enum err
email_canonical(struct arena *arena, struct str typed, struct str *ret)
{
	struct str domain = typed;
	struct str local = str_cut(&domain, '@');

	if (!local.n || !domain.n || typed.n > EMAIL_MAX || str_has_char(domain, '@') ||
		!str_is_printable(typed) || str_has_char(typed, ' '))
		return ERR_MALFORMED;
	*ret = lowered(arena, typed);
	return OK;
}

/* What password_hash makes; everything else came from elsewhere. */
static const struct str current_kind = STR_INIT("$y$");

static bool
is_current_hash(struct str hash)
{
	return str_starts(hash, current_kind);
}

enum err
passwords_prepare(struct store *s)
{
	enum err e = user_has_other_hash(s, current_kind);

	if (!e)
		password_expect_bcrypt();
	return e == ERR_NO_ROW ? OK : e;
}

static enum err
find_user(const struct context *cx, struct str typed, struct user *ret)
{
	struct str username;
	enum err e;

	if (username_canonical(cx->arena, typed, &username))
		return ERR_NO_ROW;
	e = user_by_name(cx->store, cx->arena, username, ret);
	return e;
}

enum err
login_name(const struct context *cx, struct str typed, struct str *ret)
{
	struct user user;
	struct str email;
	enum err e = find_user(cx, typed, &user);

	*ret = typed;
	if (e != ERR_NO_ROW || email_canonical(cx->arena, str_trim(typed), &email))
		return e == ERR_NO_ROW ? OK : e;
	if (!(e = user_by_email(cx->store, cx->arena, email, &user)))
		*ret = user.username;
	return e == ERR_NO_ROW ? OK : e;
}

enum err
login_check(const struct context *cx, struct str username, struct str password, struct user *ret,
	struct str *ret_better_hash)
{
	struct user user = {0};
	struct str better = STR_NONE;
	bool stale = false;
	enum err found, e;

	found = find_user(cx, username, &user);
	if (found && found != ERR_NO_ROW)
		return found;
	/* Without a user the hash is empty: as slow as any other, and wrong. */
	if ((e = passphrase_verify(cx->arena, user.password_hash, password, &stale)))
		return e;
	if (user.disabled_ms)
		return ERR_ACCOUNT_DISABLED;
	if ((stale || !is_current_hash(user.password_hash)) &&
		(e = passphrase_hash(cx->arena, password, &better)))
		return e;
	*ret = user;
	*ret_better_hash = better;
	return OK;
}

static struct str
unknown_target(const struct context *cx, struct str typed)
{
	struct secret from = {0}, key = {0};
	struct digest d;

	secret_set(&from, cx->config->session_secret.p, cx->config->session_secret.n);
	derive_key(&from, "authgate typed name", &key);
	d = hmac_sha256(&key, typed);
	secret_free(&from);
	secret_free(&key);
	return str_printf(cx->arena, "unknown:%02x%02x%02x%02x", d.bytes[0], d.bytes[1], d.bytes[2],
		d.bytes[3]);
}

enum err
login_audit_target(const struct context *cx, struct str typed, struct str *ret)
{
	struct user user;
	enum err e = find_user(cx, typed, &user);

	if (e && e != ERR_NO_ROW)
		return e;
	*ret = e ? unknown_target(cx, typed) : audit_actor_user(cx->arena, user.username);
	return OK;
}
