/* Users of the Go original. */
#include "lib/import/importing.h"

#include "lib/account/user.h"
#include "lib/store/go_source.h"

enum { BCRYPT_SIZE = 60 };

static bool
is_bcrypt(struct str hash)
{
	return hash.n == BCRYPT_SIZE && str_is_printable(hash) &&
	       (str_starts(hash, STR("$2a$")) || str_starts(hash, STR("$2b$")) ||
		       str_starts(hash, STR("$2y$")));
}

static struct str
password_of(struct importing *im, const struct go_user *g)
{
	if (str_is(g->auth_source, "http_api"))
		importing_note(im, REASON_USER_EXTERNAL, g->username);
	else if (!g->password_hash.n)
		importing_note(im, REASON_USER_PASSWORDLESS, g->username);
	else if (!is_bcrypt(g->password_hash))
		importing_note(im, REASON_USER_HASH, g->username);
	else
		return g->password_hash;
	return STR_NONE;
}

static enum err
fill_email(struct importing *im, const struct go_user *g, struct user *u)
{
	int64_t taken;
	enum err e;

	if (g->email.n && email_canonical(&im->arena, g->email, &u->email))
		importing_note_why(im, REASON_USER_EMAIL, g->username, g->email);
	if (!u->email.n)
		return OK;
	u->email_verified = g->email_verified ? EMAIL_VERIFIED : EMAIL_UNVERIFIED;
	e = store_count(
		im->cx.store, SQL_USER_COUNT_BY_EMAIL, PARAMS(param_text(u->email)), &taken);
	if (!e && taken) {
		importing_note_why(im, REASON_USER_EMAIL_TAKEN, g->username, u->email);
		u->email = STR_NONE;
		u->email_verified = EMAIL_UNKNOWN;
	}
	return e;
}

static void
fill_rest(struct importing *im, const struct go_user *g, struct user *u)
{
	u->role = str_is(g->role, "admin") ? STR("admin") : STR("user");
	if (!str_is(g->role, "admin") && !str_is(g->role, "user"))
		importing_note_why(im, REASON_USER_ROLE, g->username, g->role);
	u->full_name = g->full_name;
	if (g->full_name.n > FULL_NAME_MAX || !str_is_utf8(g->full_name)) {
		importing_note(im, REASON_USER_FULL_NAME, g->username);
		u->full_name = STR_NONE;
	}
	u->password_hash = password_of(im, g);
	u->created_ms = importing_time(g->created_at);
	u->updated_ms = importing_time(g->updated_at);
	if (!u->created_ms)
		u->created_ms = im->cx.now_ms;
	if (u->updated_ms < u->created_ms)
		u->updated_ms = u->created_ms;
	u->disabled_ms = g->is_active ? 0 : u->updated_ms;
}

/* Whose name is spelled as we spell it goes first: of two that differ in case, it is
 * the one that keeps it. */
static bool
is_for_this_walk(const struct importing *im, const struct go_user *g, struct str name)
{
	return im->odd_names != str_eq(g->username, name);
}

static enum err
import_user(struct importing *im, const struct go_user *g, struct user *u)
{
	struct user other;
	enum err e = user_by_name(im->cx.store, &im->arena, u->username, &other);

	if (!e) {
		importing_note(im, REASON_USER_NAME_TAKEN, g->username);
		return OK;
	}
	if (e != ERR_NO_ROW || (e = fill_email(im, g, u)))
		return e;
	fill_rest(im, g, u);
	if ((e = user_insert(im->cx.store, u)))
		return e;
	im->has_admin |= str_is(u->role, "admin") && g->is_active && u->password_hash.n;
	im->report->tables[FROM_GO_USERS].imported++;
	return OK;
}

static enum err
take_user(const void *item, void *context)
{
	struct importing *im = context;
	const struct go_user *g = item;
	struct user u = {.username = STR_NONE};
	bool bad_name = username_canonical(&im->arena, g->username, &u.username) != OK;
	enum err e = OK;

	if (!im->odd_names)
		importing_found(im, FROM_GO_USERS);
	if (bad_name && im->odd_names)
		importing_note(im, REASON_USER_NAME, g->username);
	if (bad_name || !is_for_this_walk(im, g, u.username))
		return OK;
	if (id_parse(g->id, &u.id))
		importing_note_why(im, REASON_USER_ID, g->username, g->id);
	else if ((e = import_user(im, g, &u)))
		e = importing_failed(im, e, "users");
	arena_reset(&im->arena);
	return e;
}

enum err
importing_users(struct importing *im)
{
	enum err e = go_each(im->from, GO_USERS, take_user, im);

	if (e)
		return e;
	im->odd_names = true;
	return go_each(im->from, GO_USERS, take_user, im);
}
