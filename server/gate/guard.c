/* The guards, in order: the cheap ones first, the store last. */
#include "server/gate/guard.h"

#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/oauth/scope.h"
#include "server/gate/admin_access.h"
#include "server/gate/csrf.h"
#include "server/gate/limit.h"
#include "server/gate/session.h"
#include "server/gate/typed.h"
#include "server/gate/way.h"
#include "server/reply.h"
#include "server/route.h"

enum { PARAMETERS_MAX = 64 * 66 };

typedef enum err guard(struct exchange *);

static enum err
check_body_size(struct exchange *x)
{
	size_t max = x->route->body_max ? x->route->body_max : BODY_MAX_DEFAULT;

	return x->request.body.n > max ? ERR_BODY_TOO_LARGE : OK;
}

/* RFC 6749 section 3.1 and 3.2: parameters must not be repeated. */
static enum err
parse(struct exchange *x, struct str text, struct form *form)
{
	struct diag diag = {""};
	struct str twice;

	if (form_parse(x->cx.arena, text, form, &diag))
		return exchange_problem(x, ERR_INVALID_REQUEST, "%s", diag.text);
	twice = form_repeated(form);
	if (!twice.n)
		return OK;
	return exchange_problem(x, ERR_INVALID_REQUEST, "The parameter %.*s occurs twice.",
		STR_ARG(str_first(twice, 64)));
}

static enum err
parse_query(struct exchange *x)
{
	return x->request.query.n ? parse(x, x->request.query, &x->query) : OK;
}

/* A filter that is misspelt must not widen what is listed. */
static enum err
check_parameters(struct exchange *x)
{
	const struct op *op = route_op(x->route);
	struct buf unknown;

	buf_init(&unknown, x->cx.arena, PARAMETERS_MAX);
	for (size_t i = 0; op && i < x->query.count; i++) {
		struct str name = x->query.fields[i].name;

		if (x->route->method == METHOD_GET && op_input_named(op, name))
			continue;
		buf_add_printf(
			&unknown, "%s%.*s", unknown.n ? ", " : "", STR_ARG(str_first(name, 64)));
	}
	if (!unknown.n)
		return OK;
	return exchange_problem(
		x, ERR_INVALID_REQUEST, "unknown parameters: %.*s", STR_ARG(buf_str(&unknown)));
}

/* "application/x-www-form-urlencoded", alone or with charset=utf-8. */
static bool
is_form_type(struct str value)
{
	struct str type = str_trim(str_cut(&value, ';'));
	struct str parameter = str_trim(value);

	if (!str_is_nocase(type, "application/x-www-form-urlencoded"))
		return false;
	return !parameter.n || str_is_nocase(parameter, "charset=utf-8") ||
	       str_is_nocase(parameter, "charset=\"utf-8\"");
}

static enum err
parse_form(struct exchange *x)
{
	if (!is_form_type(request_header(&x->request, "content-type")))
		return ERR_UNSUPPORTED_MEDIA_TYPE;
	return parse(x, x->request.body, &x->form);
}

/* A form that has come too often is shown again, with what was typed. */
static void
prepare_to_show_again(struct exchange *x)
{
	if (!(x->route->flags & ROUTE_CSRF))
		return;
	if (parse_form(x) || session_load(x))
		x->form.count = 0;
	x->cx.problem = STR_NONE;
}

static enum err
take_limit(struct exchange *x)
{
	int64_t wait_ms = limit_take(x);

	if (!wait_ms)
		return OK;
	prepare_to_show_again(x);
	return reply_retry_after(x, wait_ms);
}

static enum err
check_limit(struct exchange *x)
{
	return limit_is_personal(x->route) ? OK : take_limit(x);
}

/* After it is known who asks; a stranger is an address like any other. */
static enum err
check_personal_limit(struct exchange *x)
{
	return limit_is_personal(x->route) ? take_limit(x) : OK;
}

/* userinfo takes its token in a header or in a form body: POST without a body
 * is fine there. */
static enum err
parse_form_if_sent(struct exchange *x)
{
	return x->request.body.n ? parse_form(x) : OK;
}

static enum err
require_json(struct exchange *x)
{
	struct str type = request_header(&x->request, "content-type");

	if (str_is_nocase(str_trim(str_cut(&type, ';')), "application/json"))
		return OK;
	return exchange_problem(
		x, ERR_UNSUPPORTED_MEDIA_TYPE, "The body must be application/json.");
}

static enum err
require_json_if_sent(struct exchange *x)
{
	return x->request.body.n ? require_json(x) : OK;
}

static enum err
require_login(struct exchange *x)
{
	return x->has_session ? OK : way_to_login(x, way_of(x));
}

static enum err
check_csrf(struct exchange *x)
{
	enum err e = x->request.method == METHOD_GET ? OK : csrf_check(x);

	if (e != ERR_FORM_EXPIRED)
		return e;
	typed_keep(x);
	return reply_redirect(x, way_with(x, way_of(x), "problem", STR("form_expired")));
}

/* As the API asks of a token; the row of the person is read anew for every request. */
static enum err
require_operator(struct exchange *x)
{
	if (!str_is(x->user.role, "admin"))
		return ERR_FORBIDDEN;
	x->cx.actor = audit_actor_user(x->cx.arena, x->user.username);
	return OK;
}

/* A browser that somebody found open is not enough to change anything. */
static enum err
require_recent(struct exchange *x)
{
	if (x->cx.now_ms - x->session.auth_ms <= SCOPE_ADMIN_TTL_S * (int64_t)MS_PER_S)
		return OK;
	return way_to_confirm(x, way_of(x));
}

/* To add a guard: a flag in route.h, a function here, a row where it belongs.
 * Rows without a flag hold for every route. */
static const struct {
	unsigned flag;
	guard *check;
} guards[] = {
	{0, check_body_size},
	{0, check_limit},
	{ROUTE_ADMIN, admin_access_check},
	{0, parse_query},
	{ROUTE_ADMIN, check_parameters},
	{ROUTE_FORM, parse_form},
	{ROUTE_MAYBE_FORM, parse_form_if_sent},
	{ROUTE_JSON, require_json},
	{ROUTE_MAYBE_JSON, require_json_if_sent},
	{ROUTE_SESSION | ROUTE_LOGIN | ROUTE_CSRF, session_load},
	{ROUTE_LOGIN, check_personal_limit},
	{ROUTE_LOGIN, require_login},
	{ROUTE_OPERATE, require_operator},
	{ROUTE_CSRF, check_csrf},
	{ROUTE_RECENT, require_recent},
};

enum err
guard_run(struct exchange *x)
{
	for (size_t i = 0; i < countof(guards); i++) {
		enum err e;

		if (guards[i].flag && !(x->route->flags & guards[i].flag))
			continue;
		if ((e = guards[i].check(x)))
			return e;
		if (x->reply.status)
			return OK;
	}
	return OK;
}
