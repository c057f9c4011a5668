/* /api/admin/v1/keys: what signs, what will, what did.  Never a private half. */
#include "lib/oauth/keys.h"
#include "lib/base/clock.h"
#include "server/admin/admin.h"
#include "server/handlers.h"

enum err
http_admin_key_list(struct exchange *x)
{
	struct signing_key keys[SIGNING_KEYS_MAX];
	struct key_row rows[SIGNING_KEYS_MAX];
	size_t count;
	enum err e = signing_key_list(x->cx.store, x->cx.arena, keys, &count);

	if (e)
		return e;
	for (size_t i = 0; i < count; i++) {
		rows[i] = (struct key_row){.key = keys[i]};
		if (str_is(keys[i].state, "next"))
			rows[i].signs_ms =
				keys[i].created_ms + x->cx.config->key_publish_ahead_s * MS_PER_S;
	}
	return admin_reply_list(
		x, &(struct admin_list){RESOURCE_key, rows, sizeof *rows, count, 0});
}

/* Only what this server makes keys for. */
static bool
read_algorithm(struct exchange *x, enum key_alg *ret)
{
	enum key_alg algs[2];
	size_t n = keys_algorithms(x->cx.config, algs);

	for (size_t i = 0; i < n; i++)
		if (str_is(x->request.path_params[0], key_alg_name(algs[i]))) {
			*ret = algs[i];
			return true;
		}
	return false;
}

static enum err
change_key(struct exchange *x, enum key_step step, bool is_forced)
{
	struct key_change *change = arena_new(x->cx.arena, struct key_change);
	enum key_alg alg;
	enum err e;

	if (!read_algorithm(x, &alg))
		return ERR_NOT_FOUND;
	if ((e = keys_prepare(&x->cx, alg, step, change)))
		return e;
	change->is_asked_for = true;
	change->is_forced = is_forced;
	return admin_done(x, keys_store, change);
}

enum err
http_admin_key_rotate(struct exchange *x)
{
	return change_key(x, KEY_STEP_NEXT, false);
}

enum err
http_admin_key_promote(struct exchange *x)
{
	enum err e = admin_read_body(x);

	return e ? e : change_key(x, KEY_STEP_PROMOTE, json_get_bool(x->json, "force", false));
}

/* So that what is not there is told by its own sentence; the change looks again. */
static enum err
find_kid(struct exchange *x, struct str kid)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	size_t count;
	enum err e = signing_key_list(x->cx.store, x->cx.arena, rows, &count);

	for (size_t i = 0; !e && i < count; i++)
		if (str_eq(rows[i].kid, kid))
			return OK;
	return e ? e : ERR_NOT_FOUND;
}

enum err
http_admin_key_retire(struct exchange *x)
{
	struct key_retirement *retirement = arena_new(x->cx.arena, struct key_retirement);
	enum err e = admin_read_body(x);

	if (e)
		return e;
	if ((e = find_kid(x, x->request.path_params[0])))
		return e;
	*retirement = (struct key_retirement){
		.cx = &x->cx,
		.kid = x->request.path_params[0],
		.is_forced = json_get_bool(x->json, "force", false),
	};
	return admin_done(x, keys_retire, retirement);
}

enum err
http_admin_key_reseal(struct exchange *x)
{
	if (!x->cx.config->session_secret_previous.n)
		return exchange_problem(x, ERR_INVALID_REQUEST,
			"there is no secret to replace: start every node with the new "
			"SESSION_SECRET, "
			"and with the old one as SESSION_SECRET_PREVIOUS");
	return admin_done(x, keys_reseal, &x->cx);
}
