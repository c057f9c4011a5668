/* /api/admin/v1/users */
#include "lib/account/user_admin.h"
#include "lib/base/clock.h"
#include "lib/base/duration.h"
#include "lib/oauth/takeback.h"
#include "server/admin/admin.h"
#include "server/handlers.h"
#include "server/reply.h"

/* By id, or by name: people know themselves by their names. */
static enum err
find_named(struct exchange *x, struct str given, struct user *ret)
{
	struct str name;
	struct id id;
	enum err e;

	if (!id_parse(given, &id))
		e = user_by_id(x->cx.store, x->cx.arena, id, ret);
	else if (!username_canonical(x->cx.arena, given, &name))
		e = user_by_name(x->cx.store, x->cx.arena, name, ret);
	else
		e = ERR_NO_ROW;
	return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
}

/* Who knows all of an id, a username or an address means that one. */
static enum err
find_meant(struct exchange *x, struct str search, struct user *ret)
{
	enum err e = find_named(x, search, ret);
	struct str email;

	if (e == ERR_NOT_FOUND && !email_canonical(x->cx.arena, search, &email) && email.n)
		e = user_by_email(x->cx.store, x->cx.arena, email, ret);
	return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
}

/* The one who is meant is a page before all others. */
static enum err
search_users(struct exchange *x, struct user_query *q, struct user *list, size_t *ret_count,
	struct id *ret_next)
{
	struct user meant;
	enum err e = find_meant(x, q->search, &meant);

	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!e && (!q->role.n || str_eq(q->role, meant.role))) {
		q->except = meant.id;
		if (id_is_zero(q->after)) {
			list[0] = meant;
			*ret_count = 1;
			*ret_next = (struct id){.bytes[ID_SIZE - 1] = 1};
			return OK;
		}
	}
	return user_list(x->cx.store, x->cx.arena, q, list, ret_count, ret_next);
}

static enum err
find_users(struct exchange *x, struct user_query *q, struct user *list, size_t *ret_count,
	struct id *ret_next)
{
	enum err e = q->search.n
			     ? search_users(x, q, list, ret_count, ret_next)
			     : user_list(x->cx.store, x->cx.arena, q, list, ret_count, ret_next);

	if (!e && *ret_count == q->limit && (id_is_zero(q->except) || !id_is_zero(q->after)))
		*ret_next = list[*ret_count - 1].id;
	return e;
}

static enum err
read_query(struct exchange *x, struct user_query *ret)
{
	struct admin_page page;
	enum err e = admin_read_page(x, &page);

	if (e)
		return e;
	*ret = (struct user_query){
		.after = page.after,
		.role = form_get(&x->query, "role"),
		.search = str_trim(form_get(&x->query, "search")),
		.limit = page.limit,
	};
	if (ret->role.n && !str_is(ret->role, "admin") && !str_is(ret->role, "user"))
		return exchange_problem(x, ERR_INVALID_REQUEST, "role is user or admin");
	return OK;
}

enum err
http_admin_user_list(struct exchange *x)
{
	struct user *list = arena_alloc(x->cx.arena, sizeof *list * ADMIN_PAGE_MAX);
	struct user_row *rows;
	struct user_query query;
	struct id next = {{0}};
	size_t count;
	enum err e;

	if ((e = read_query(x, &query)) || (e = find_users(x, &query, list, &count, &next)))
		return e;
	rows = arena_array(x->cx.arena, struct user_row, count + 1);
	for (size_t i = 0; i < count; i++)
		rows[i] = admin_user_row(&list[i]);
	return admin_reply_page(x,
		&(struct admin_list){RESOURCE_user, rows, sizeof *rows, count, query.limit}, next);
}

enum err
admin_find_user(struct exchange *x, struct user *ret)
{
	return find_named(x, x->request.path_params[0], ret);
}

enum err
admin_user_id(struct exchange *x, struct str given, struct id *ret)
{
	struct user user;
	enum err e = find_named(x, given, &user);

	if (e)
		return e;
	*ret = user.id;
	return OK;
}

enum err
http_admin_user_show(struct exchange *x)
{
	struct user user;
	struct user_row row;
	enum err e;

	if ((e = admin_find_user(x, &user)))
		return e;
	row = admin_user_row(&user);
	admin_version(x, user.updated_ms);
	return admin_reply_item(x, RESOURCE_user, &row);
}

/* Of another address nothing is known. */
static void
read_verified(struct exchange *x, const struct user *was, struct user_spec *spec)
{
	if (json_kind(x->json, "email_verified") == JSON_IS_FLAG)
		spec->email_verified = json_get_bool(x->json, "email_verified", false)
					       ? EMAIL_VERIFIED
					       : EMAIL_UNVERIFIED;
	else if (!str_eq(was->email, spec->email))
		spec->email_verified = EMAIL_UNKNOWN;
}

enum err
http_admin_user_edit(struct exchange *x)
{
	struct user_edit *edit = arena_new(x->cx.arena, struct user_edit);
	struct user_spec spec;
	struct user user;
	struct user_row row;
	enum err e;

	if ((e = admin_find_user(x, &user)) || (e = admin_check_version(x, user.updated_ms)) ||
		(e = admin_read_body(x)))
		return e;
	spec = (struct user_spec){
		.username = user.username,
		.email = user.email,
		.full_name = user.full_name,
		.role = user.role,
		.email_verified = user.email_verified,
	};
	if (json_has(x->json, "email"))
		spec.email = json_get_str(x->json, "email");
	read_verified(x, &user, &spec);
	if (json_has(x->json, "full_name"))
		spec.full_name = json_get_str(x->json, "full_name");
	if ((e = user_edit_prepare(&x->cx, &user, &spec, edit)))
		return e;
	row = admin_user_row(&edit->user);
	admin_version(x, edit->user.updated_ms);
	if ((e = admin_reply_item(x, RESOURCE_user, &row)))
		return e;
	return exchange_commit(x, user_edit_store, edit);
}

enum err
http_admin_user_create(struct exchange *x)
{
	struct user_creation *creation = arena_new(x->cx.arena, struct user_creation);
	struct user_spec spec;
	struct user_row row;
	struct buf *out;
	enum err e;

	if ((e = admin_read_body(x)))
		return e;
	spec = (struct user_spec){
		.username = json_get_str(x->json, "username"),
		.email = json_get_str(x->json, "email"),
		.full_name = json_get_str(x->json, "full_name"),
		.role = json_get_str(x->json, "role"),
		.password = json_get_str(x->json, "password"),
		.is_invited = json_get_bool(x->json, "invite", false),
	};
	read_verified(x, &(struct user){.email = spec.email}, &spec);
	if ((e = user_creation_prepare(&x->cx, &spec, creation)))
		return e;
	row = admin_user_row(&creation->user);
	out = admin_begin(x);
	admin_write(out, RESOURCE_user, OP_SHOW, &row);
	if (creation->generated_password.n)
		json_member_str(out, "password", creation->generated_password);
	if (creation->offer)
		json_member_str(out, "invitation", creation->offer->link);
	if ((e = admin_reply(x, 201, out)))
		return e;
	return exchange_commit(x, user_creation_store, creation);
}

/* A person who is about to be changed by other than an edit. */
static enum err
find_held(struct exchange *x, struct user *ret, int64_t *ret_held_ms)
{
	enum err e = admin_find_user(x, ret);

	return e ? e : admin_hold_version(x, ret->updated_ms, ret_held_ms);
}

enum err
http_admin_user_reset_password(struct exchange *x)
{
	struct user_password_reset *reset = arena_new(x->cx.arena, struct user_password_reset);
	struct user user;
	struct user_row row;
	struct buf *out;
	int64_t held_ms;
	enum err e;

	if ((e = find_held(x, &user, &held_ms)) || (e = admin_read_body(x)) ||
		(e = user_password_reset_prepare(
			 &x->cx, user.id, json_get_str(x->json, "password"), reset)))
		return e;
	reset->held_ms = held_ms;
	reset->keeps_tokens = json_get_bool(x->json, "keep_tokens", false);
	row = admin_user_row(&user);
	out = admin_begin(x);
	admin_write(out, RESOURCE_user, OP_ONCE, &row);
	if (reset->generated_password.n)
		json_member_str(out, "password", reset->generated_password);
	if ((e = admin_reply(x, 200, out)))
		return e;
	return exchange_commit(x, user_password_reset_store, reset);
}

static enum err
read_life(struct exchange *x, int64_t *ret_ms)
{
	struct str text;
	int64_t ms = 0;
	enum err e;

	if ((e = admin_read_body(x)))
		return e;
	text = json_get_str(x->json, "life");
	if (text.n && (duration_parse_ms(text, &ms) || ms < MS_PER_S ||
			      ms > INVITATION_MAX_S * (int64_t)MS_PER_S))
		return exchange_problem(x, ERR_INVALID_REQUEST,
			"life is a duration of at most 30 days, as 90m, 24h or 7d");
	*ret_ms = ms;
	return OK;
}

enum err
http_admin_user_invite(struct exchange *x)
{
	struct invitation_offer *offer = arena_new(x->cx.arena, struct invitation_offer);
	struct user user;
	struct user_row row;
	struct buf *out;
	int64_t held_ms, life_ms = 0;
	enum err e;

	if ((e = find_held(x, &user, &held_ms)) || (e = read_life(x, &life_ms)) ||
		(e = invitation_offer_prepare(&x->cx, user.id, life_ms, offer)))
		return e;
	if (user.password_hash.n)
		return ERR_INVITATION_NEEDLESS;
	row = admin_user_row(&user);
	out = admin_begin(x);
	admin_write(out, RESOURCE_user, OP_ONCE, &row);
	json_member_str(out, "invitation", offer->link);
	if ((e = admin_reply(x, 200, out)))
		return e;
	return exchange_commit(x, invitation_offer_store, offer);
}

static enum err
change_user(struct exchange *x, enum user_change_kind kind, bool keeps_tokens)
{
	struct user_change *change = arena_new(x->cx.arena, struct user_change);
	struct user user;
	int64_t held_ms;
	enum err e;

	if ((e = find_held(x, &user, &held_ms)))
		return e;
	*change = (struct user_change){
		.cx = &x->cx,
		.held_ms = held_ms,
		.id = user.id,
		.kind = kind,
		.keeps_tokens = keeps_tokens,
	};
	return admin_done(x, user_change_store, change);
}

enum err
http_admin_user_disable(struct exchange *x)
{
	enum err e = admin_read_body(x);

	return e ? e : change_user(x, USER_DISABLE, json_get_bool(x->json, "keep_tokens", false));
}

enum err
http_admin_user_enable(struct exchange *x)
{
	return change_user(x, USER_ENABLE, false);
}

enum err
http_admin_user_promote(struct exchange *x)
{
	return change_user(x, USER_PROMOTE, false);
}

enum err
http_admin_user_demote(struct exchange *x)
{
	return change_user(x, USER_DEMOTE, false);
}

enum err
http_admin_user_delete(struct exchange *x)
{
	return change_user(x, USER_DELETE, false);
}

enum err
http_admin_user_revoke(struct exchange *x)
{
	struct user user;
	enum err e = admin_find_user(x, &user);

	return e ? e : admin_take_back(x, user.id, takeback_from_user);
}
