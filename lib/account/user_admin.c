/* Making and changing people. */
#include "lib/account/user_admin.h"

#include "lib/account/access.h"
#include "lib/account/passphrase.h"
#include "lib/audit/audit.h"
#include "lib/base/holds.h"
#include "lib/crypto/random.h"

enum { GENERATED_LENGTH = 20 };

/* The detail of an event that by default takes tokens away. */
static const struct str kept = STR_INIT("tokens=kept");

static enum err
wrong(struct context *cx, const char *text)
{
	cx->problem = str_of(text);
	return ERR_MALFORMED;
}

static enum err
choose_password(
	struct context *cx, struct str given, struct str *ret_hash, struct str *ret_generated)
{
	struct str password = given;
	enum err e;

	if (given.n && (given.n < PASSWORD_MIN || given.n > PASSWORD_MAX))
		return wrong(cx, "A password has 8 to 512 bytes.");
	if (!given.n) {
		if ((e = password_generate(cx->arena, GENERATED_LENGTH, &password)))
			return e;
		*ret_generated = password;
	}
	return passphrase_hash(cx->arena, password, ret_hash);
}

static enum err
fill_user(struct context *cx, const struct user_spec *spec, struct user *u)
{
	if (username_canonical(cx->arena, spec->username, &u->username))
		return wrong(
			cx, "A username has 1 to 64 of the letters a to z, digits and . _ - @ +.");
	u->email = STR_NONE;
	if (spec->email.n && email_canonical(cx->arena, spec->email, &u->email))
		return wrong(cx, "The e-mail address does not look like one.");
	if (spec->full_name.n > FULL_NAME_MAX || !str_is_utf8(spec->full_name))
		return wrong(cx, "A name has at most 128 bytes of UTF-8.");
	u->role = spec->role.n ? spec->role : STR("user");
	if (!str_is(u->role, "user") && !str_is(u->role, "admin"))
		return wrong(cx, "role is user or admin.");
	if (spec->email_verified != EMAIL_UNKNOWN && !u->email.n)
		return wrong(cx, "There is no e-mail address that could be verified.");
	u->email_verified = spec->email_verified;
	u->full_name = spec->full_name;
	u->created_ms = u->updated_ms = cx->now_ms;
	return OK;
}

/* "." and ".." mean something else where a path is made of a name. */
static bool
is_dots(struct str name)
{
	size_t n = 0;

	while (n < name.n && name.p[n] == '.')
		n++;
	return n == name.n;
}

enum err
user_creation_prepare(struct context *cx, const struct user_spec *spec, struct user_creation *ret)
{
	struct user_creation creation = {.cx = cx};
	struct user *u = &creation.user;
	enum err e;

	if (is_dots(str_trim(spec->username)))
		return wrong(cx, "A username needs more than dots.");
	if (spec->is_invited && spec->password.n)
		return wrong(cx, "Whoever is invited chooses the password: give none.");
	if ((e = fill_user(cx, spec, u)) || (e = id_new(cx->now_ms, &u->id)))
		return e;
	if (spec->is_invited) {
		creation.offer = arena_new(cx->arena, struct invitation_offer);
		e = invitation_offer_prepare(cx, u->id, 0, creation.offer);
	} else
		e = choose_password(
			cx, spec->password, &u->password_hash, &creation.generated_password);
	if (e)
		return e;
	*ret = creation;
	return OK;
}

static enum err
audit_user(struct store *s, const struct context *cx, enum audit_event event, struct id id,
	struct str detail)
{
	struct audit_record record = {
		.event = event,
		.actor = cx->actor,
		.target = str_printf(cx->arena, "user:%.*s", STR_ARG(id_text(cx->arena, id))),
		.detail = detail,
	};

	return audit_write(s, cx, &record);
}

enum err
user_creation_store(struct store *s, void *arg)
{
	const struct user_creation *c = arg;
	enum err e = user_insert(s, &c->user);

	HOLDS(c->user.username.n > 0);
	HOLDS(c->user.password_hash.n > 0 || c->offer);
	if (e)
		return e == ERR_ROW_EXISTS ? ERR_NAME_OR_ADDRESS_TAKEN : e;
	if (c->offer && (e = invitation_offer_put(s, c->offer)))
		return e;
	return audit_user(s, c->cx, AUDIT_EVENT_USER_CREATED, c->user.id, c->user.username);
}

/* ---- changes ---- */

enum err
user_edit_prepare(struct context *cx, const struct user *was, const struct user_spec *spec,
	struct user_edit *ret)
{
	struct user_edit edit = {.cx = cx, .user = *was, .was_updated_ms = was->updated_ms};
	enum err e = fill_user(cx, spec, &edit.user);

	if (e)
		return e;
	edit.user.created_ms = was->created_ms;
	/* Always later: the instant is also the version. */
	if (edit.user.updated_ms <= was->updated_ms)
		edit.user.updated_ms = was->updated_ms + 1;
	*ret = edit;
	return OK;
}

enum err
user_edit_store(struct store *s, void *arg)
{
	const struct user_edit *edit = arg;
	enum err e = user_update(s, &edit->user, edit->was_updated_ms);

	HOLDS(edit->user.updated_ms > edit->was_updated_ms);
	if (e)
		return e == ERR_NO_ROW ? ERR_RACE : e == ERR_ROW_EXISTS ? ERR_ADDRESS_TAKEN : e;
	return audit_user(s, edit->cx, AUDIT_EVENT_USER_UPDATED, edit->user.id, STR_NONE);
}

static enum err
end_access(struct store *s, const struct context *cx, struct id user, bool keeps_tokens)
{
	struct access_end end = {.cx = cx, .user = user, .keeps_tokens = keeps_tokens};

	return access_end(s, &end);
}

/* The clients of a deleted person's sessions are told as well. */
static enum err
apply(struct store *s, const struct user_change *c)
{
	int64_t now_ms = c->cx->now_ms;
	enum err e;

	switch (c->kind) {
	case USER_DISABLE:
		e = user_set_disabled(s, c->id, now_ms, now_ms);
		return e ? e : end_access(s, c->cx, c->id, c->keeps_tokens);
	case USER_ENABLE: return user_set_disabled(s, c->id, 0, now_ms);
	case USER_PROMOTE: return user_set_role(s, c->id, STR("admin"), now_ms);
	case USER_DEMOTE:
		e = user_set_role(s, c->id, STR("user"), now_ms);
		return e ? e : end_access(s, c->cx, c->id, true);
	case USER_DELETE:
		e = end_access(s, c->cx, c->id, true);
		return e ? e : user_delete(s, c->id);
	}
	return ERR_INTERNAL;
}

static enum audit_event
event_of(enum user_change_kind kind)
{
	switch (kind) {
	case USER_DISABLE: return AUDIT_EVENT_USER_DISABLED;
	case USER_ENABLE: return AUDIT_EVENT_USER_ENABLED;
	case USER_DELETE: return AUDIT_EVENT_USER_DELETED;
	case USER_PROMOTE:
	case USER_DEMOTE: break;
	}
	return AUDIT_EVENT_USER_ROLE_CHANGED;
}

static enum err
hold(struct store *s, struct id id, int64_t held_ms)
{
	enum err e = held_ms ? user_hold(s, id, held_ms) : OK;

	return e == ERR_NO_ROW ? ERR_RACE : e;
}

/* The guard counts after the change, in its transaction: of two admins who
 * demote each other at once, the second finds nobody left and is undone. */
enum err
user_change_store(struct store *s, void *arg)
{
	const struct user_change *c = arg;
	int64_t admins;
	enum err e;

	HOLDS(!id_is_zero(c->id));
	HOLDS(c->kind == USER_DISABLE || !c->keeps_tokens);
	if ((e = user_hold_admins(s)) || (e = hold(s, c->id, c->held_ms)) || (e = apply(s, c)) ||
		(e = user_count_active_admins(s, &admins)))
		return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
	if (!admins)
		return ERR_LAST_ADMIN;
	return audit_user(s, c->cx, event_of(c->kind), c->id, c->keeps_tokens ? kept : STR_NONE);
}

enum err
user_password_reset_prepare(
	struct context *cx, struct id id, struct str password, struct user_password_reset *ret)
{
	struct user_password_reset r = {.cx = cx, .id = id};
	enum err e;

	if ((e = choose_password(cx, password, &r.hash, &r.generated_password)))
		return e;
	*ret = r;
	return OK;
}

enum err
user_password_reset_store(struct store *s, void *arg)
{
	const struct user_password_reset *r = arg;
	int64_t now_ms = r->cx->now_ms;
	enum err e;

	HOLDS(!id_is_zero(r->id));
	HOLDS(r->hash.n > 0);
	if ((e = hold(s, r->id, r->held_ms)) ||
		(e = user_set_password_hash(s, r->id, r->hash, now_ms)) ||
		(e = end_access(s, r->cx, r->id, r->keeps_tokens)))
		return e;
	return audit_user(s, r->cx, AUDIT_EVENT_USER_PASSWORD_RESET, r->id,
		r->keeps_tokens ? kept : STR_NONE);
}
