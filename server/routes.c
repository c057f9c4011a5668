/*
 * Every address this server answers.  To add one: write the handler in the file
 * of its area, declare it in handlers.h, add a row; those of the admin API are
 * operations of lib/ops.  HEAD comes with GET,
 * OPTIONS with everything; what the flags mean is in route.h.
 */
#include "server/face.h"
#include "server/handlers.h"
#include "server/health.h"
#include "server/keep/metrics.h"
#include "server/route.h"

#include <assert.h>

/* Which rows of lib/ops take a body, and which hash. */
#define ADMIN_BODY(method, says) \
	((method) == METHOD_GET || !(says) ? 0 : (says)&OP_BODY ? ROUTE_MAYBE_JSON : ROUTE_JSON)
#define ADMIN_LANE(id) \
	((id) == OP_user_create || (id) == OP_user_reset_password ? LANE_HASHER : LANE_WORKER)

/* What every page of server/faces.def demands, by its kind. */
#define FACE_LOOKS    (ROUTE_LOGIN | ROUTE_OPERATE)
#define FACE_PREPARES (FACE_LOOKS | ROUTE_RECENT)
#define FACE_CHANGES  (FACE_PREPARES | ROUTE_FORM | ROUTE_CSRF)

/* clang-format off */
#define FACE_ROW_LIST(path, op)   {METHOD_GET,  path, http_web_list,   LANE_WORKER, FACE_LOOKS, ERRORS_PAGE, LIMIT_ADMIN, 0},
#define FACE_ROW_SHOW(path, op)   {METHOD_GET,  path, http_web_show,   LANE_WORKER, FACE_LOOKS, ERRORS_PAGE, LIMIT_ADMIN, 0},
#define FACE_ROW_NEW(path, op)    {METHOD_GET,  path, http_web_new,    LANE_WORKER, FACE_PREPARES, ERRORS_PAGE, LIMIT_ADMIN, 0},
#define FACE_ROW_EDIT(path, op)   {METHOD_GET,  path, http_web_edit,   LANE_WORKER, FACE_PREPARES, ERRORS_PAGE, LIMIT_ADMIN, 0},
#define FACE_ROW_ASK(path, op)    {METHOD_GET,  path, http_web_ask,    LANE_WORKER, FACE_PREPARES, ERRORS_PAGE, LIMIT_ADMIN, 0},
#define FACE_ROW_FILE(path, op)   {METHOD_GET,  path, http_web_file,   LANE_WORKER, FACE_LOOKS, ERRORS_PAGE, LIMIT_ADMIN, 0},
#define FACE_ROW_CREATE(path, op) {METHOD_POST, path, http_web_create, ADMIN_LANE(OP_##op), FACE_CHANGES, ERRORS_PAGE, LIMIT_ADMIN, 0},
#define FACE_ROW_UPDATE(path, op) {METHOD_POST, path, http_web_update, ADMIN_LANE(OP_##op), FACE_CHANGES, ERRORS_PAGE, LIMIT_ADMIN, 0},
#define FACE_ROW_ACT(path, op)    {METHOD_POST, path, http_web_act,    ADMIN_LANE(OP_##op), FACE_CHANGES, ERRORS_PAGE, LIMIT_ADMIN, 0},

const struct route routes[] = {
	{METHOD_GET,  "/livez",  http_livez_get,  LANE_LOOP, 0, ERRORS_PLAIN, LIMIT_NONE, 0},
	{METHOD_GET,  "/readyz", http_readyz_get, LANE_LOOP, 0, ERRORS_PLAIN, LIMIT_NONE, 0},
	{METHOD_GET,  "/health", http_health_get, LANE_LOOP, 0, ERRORS_PLAIN, LIMIT_NONE, 0},
	{METHOD_GET,  "/metrics", http_metrics_get, LANE_LOOP, 0, ERRORS_PLAIN, LIMIT_NONE, 0},

	{METHOD_GET,  "/.well-known/openid-configuration", http_discovery_get, LANE_LOOP, ROUTE_CORS | ROUTE_CACHE, ERRORS_OAUTH, LIMIT_NONE, 0},
	{METHOD_GET,  "/.well-known/oauth-authorization-server", http_discovery_get, LANE_LOOP, ROUTE_CORS | ROUTE_CACHE, ERRORS_OAUTH, LIMIT_NONE, 0},
	{METHOD_GET,  "/.well-known/jwks.json", http_jwks_get, LANE_LOOP, ROUTE_KEYS | ROUTE_CORS | ROUTE_CACHE, ERRORS_OAUTH, LIMIT_NONE, 0},

	{METHOD_POST, "/oauth/device/code", http_device_code_post, LANE_AHEAD, ROUTE_FORM | ROUTE_CORS, ERRORS_OAUTH, LIMIT_DEVICE_CODE, 0},
	{METHOD_POST, "/oauth/token",       http_token_post,       LANE_AHEAD, ROUTE_KEYS | ROUTE_FORM | ROUTE_CORS, ERRORS_OAUTH, LIMIT_TOKEN, 0},

	{METHOD_POST, "/oauth/introspect",  http_introspect_post,  LANE_AHEAD, ROUTE_FORM, ERRORS_OAUTH, LIMIT_INTROSPECT, 0},
	{METHOD_POST, "/oauth/revoke",      http_revoke_post,      LANE_AHEAD, ROUTE_FORM | ROUTE_CORS, ERRORS_OAUTH, LIMIT_INTROSPECT, 0},
	{METHOD_GET,  "/oauth/userinfo",    http_userinfo,         LANE_AHEAD, ROUTE_CORS, ERRORS_OAUTH, LIMIT_USERINFO, 0},
	{METHOD_POST, "/oauth/userinfo",    http_userinfo,         LANE_AHEAD, ROUTE_MAYBE_FORM | ROUTE_CORS, ERRORS_OAUTH, LIMIT_USERINFO, 0},
	{METHOD_GET,  "/oauth/tokeninfo",   http_tokeninfo_get,    LANE_AHEAD, ROUTE_CORS, ERRORS_OAUTH, LIMIT_USERINFO, 0},

	{METHOD_POST,   "/oauth/register",            http_register_post,       LANE_QUICK, ROUTE_KEYS | ROUTE_JSON | ROUTE_CORS, ERRORS_OAUTH, LIMIT_REGISTER, 0},
	{METHOD_GET,    "/oauth/register/:client_id", http_registration_get,    LANE_QUICK, ROUTE_CORS, ERRORS_OAUTH, LIMIT_NONE, 0},
	{METHOD_PUT,    "/oauth/register/:client_id", http_registration_put,    LANE_QUICK, ROUTE_KEYS | ROUTE_JSON | ROUTE_CORS, ERRORS_OAUTH, LIMIT_REGISTER, 0},
	{METHOD_DELETE, "/oauth/register/:client_id", http_registration_delete, LANE_QUICK, ROUTE_CORS, ERRORS_OAUTH, LIMIT_NONE, 0},

	{METHOD_GET,  "/oauth/authorize",          http_authorize_get,          LANE_QUICK, ROUTE_SESSION, ERRORS_PAGE, LIMIT_AUTHORIZE, 0},
	{METHOD_POST, "/oauth/authorize",          http_authorize_post,         LANE_QUICK, ROUTE_SESSION | ROUTE_FORM, ERRORS_PAGE, LIMIT_AUTHORIZE, 0},
	{METHOD_GET,  "/oauth/authorize/continue", http_authorize_continue_get, LANE_QUICK, ROUTE_SESSION, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/oauth/authorize/decide",   http_authorize_decide_post,  LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},

	{METHOD_GET,  "/",       http_home_get,    LANE_QUICK, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/robots.txt", http_robots_get, LANE_LOOP, 0, ERRORS_PLAIN, LIMIT_NONE, 0},
	{METHOD_GET,  "/favicon.ico", http_favicon_get, LANE_LOOP, 0, ERRORS_PLAIN, LIMIT_NONE, 0},
	{METHOD_GET,  "/.well-known/security.txt", http_security_get, LANE_LOOP, 0, ERRORS_PLAIN, LIMIT_NONE, 0},
	{METHOD_GET,  "/api/openapi.json", http_openapi_get, LANE_LOOP, ROUTE_CORS, ERRORS_OAUTH, LIMIT_NONE, 0},
	{METHOD_GET,  "/ui/accent.css", http_ui_accent_get, LANE_LOOP, 0, ERRORS_PLAIN, LIMIT_NONE, 0},
	{METHOD_GET,  "/ui/logo", http_ui_logo_get, LANE_WORKER, 0, ERRORS_PLAIN, LIMIT_NONE, 0},
	{METHOD_GET,  "/language", http_language_get, LANE_LOOP, 0, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/login",  http_login_get,   LANE_QUICK, ROUTE_SESSION, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/login",  http_login_post,  LANE_HASHER, ROUTE_SESSION | ROUTE_FORM | ROUTE_CSRF | ROUTE_VISITOR, ERRORS_PAGE, LIMIT_LOGIN, 0},

	{METHOD_GET,  "/invitation", http_invitation_get,  LANE_QUICK, ROUTE_SESSION, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/invitation", http_invitation_post, LANE_HASHER, ROUTE_SESSION | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_LOGIN, 0},

	{METHOD_GET,  "/auth/login/:provider",    http_auth_login_get,    LANE_LOOP, 0, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/auth/login/:provider",    http_auth_login_post,   LANE_CALLER, ROUTE_SESSION | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_AUTHORIZE, 0},
	{METHOD_GET,  "/auth/callback/:provider", http_auth_callback_get, LANE_CALLER, ROUTE_SESSION, ERRORS_PAGE, LIMIT_AUTHORIZE, 0},
	{METHOD_GET,  "/auth/name",               http_auth_name_get,     LANE_QUICK, ROUTE_SESSION, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/auth/name",               http_auth_name_post,    LANE_QUICK, ROUTE_SESSION | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_LOGIN, 0},

	{METHOD_GET,  "/logout", http_logout_get,  LANE_QUICK, ROUTE_SESSION, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/logout", http_logout_post, LANE_QUICK, ROUTE_SESSION | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},

	{METHOD_GET,  "/oauth/logout",         http_end_session_get,          LANE_QUICK, ROUTE_SESSION, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/oauth/logout",         http_end_session_post,         LANE_QUICK, ROUTE_SESSION | ROUTE_FORM, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/oauth/logout/confirm", http_end_session_confirm_post, LANE_QUICK, ROUTE_SESSION | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},

	{METHOD_GET,  "/device",        http_device_get,         LANE_QUICK, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/device/review", http_device_review_get,  LANE_QUICK, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/device/done",   http_device_done_get,    LANE_QUICK, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/device/verify", http_device_verify_post, LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_DEVICE_VERIFY, 0},
	{METHOD_POST, "/device/decide", http_device_decide_post, LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_DEVICE_VERIFY, 0},

	{METHOD_GET,  "/account",          http_account_get,           LANE_QUICK, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/password", http_account_password_post, LANE_HASHER, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_LOGIN, 0},
	{METHOD_GET,  "/account/sessions", http_account_sessions_get,  LANE_WORKER, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/sessions/revoke-all",  http_account_revoke_all_post, LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/sessions/:id/revoke",  http_account_revoke_post,     LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/sessions/:id/disown",  http_account_disown_post,     LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/sessions/:id/disable", http_account_disable_post,    LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/sessions/:id/enable",  http_account_enable_post,     LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/account/connections",            http_account_connections_get,        LANE_QUICK, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/connections/:id/delete", http_account_connection_delete_post, LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/account/authorizations",            http_account_authorizations_get,        LANE_WORKER, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/authorizations/:id/revoke", http_account_authorization_revoke_post, LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/.well-known/change-password",       http_change_password_get,               LANE_QUICK, 0, ERRORS_PAGE, LIMIT_NONE, 0},

	{METHOD_GET,  "/static/:name", http_static_get, LANE_LOOP, ROUTE_CACHE, ERRORS_PLAIN, LIMIT_NONE, 0},

	{METHOD_GET,  "/apps",          http_apps_get,     LANE_WORKER, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/apps/new",      http_apps_new_get, LANE_QUICK, ROUTE_LOGIN | ROUTE_RECENT, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/apps",          http_apps_post,    LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF | ROUTE_RECENT, ERRORS_PAGE, LIMIT_REGISTER, 0},
	{METHOD_GET,  "/apps/:id",      http_app_get,      LANE_QUICK, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/apps/:id/edit", http_app_edit_get, LANE_QUICK, ROUTE_LOGIN | ROUTE_RECENT, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/apps/:id",      http_app_post,     LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF | ROUTE_RECENT, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/apps/:id/delete", http_app_delete_get,  LANE_QUICK, ROUTE_LOGIN | ROUTE_RECENT, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/apps/:id/delete", http_app_delete_post, LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF | ROUTE_RECENT, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/apps/:id/regenerate-secret", http_app_secret_get,  LANE_QUICK, ROUTE_LOGIN | ROUTE_RECENT, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/apps/:id/regenerate-secret", http_app_secret_post, LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF | ROUTE_RECENT, ERRORS_PAGE, LIMIT_NONE, 0},

	{METHOD_GET,  "/admin", http_web_overview, LANE_WORKER, FACE_LOOKS, ERRORS_PAGE, LIMIT_ADMIN, 0},

	/* Those of server/faces.def, and behind them one for each operation of lib/ops. */
#define FACE(kind, path, op) FACE_ROW_##kind(path, op)
#include "server/faces.def"

#define OP(resource, id, verb, method, path, effect, event, says, ...) \
	{METHOD_##method, OPS_ROOT path, http_admin_##resource##_##id, \
		ADMIN_LANE(OP_##resource##_##id), ROUTE_ADMIN | ADMIN_BODY(METHOD_##method, says), \
		ERRORS_OAUTH, LIMIT_ADMIN, 0},
#include "lib/ops/all.def"
};
/* clang-format on */

const size_t routes_count = countof(routes);

const struct op *
route_op(const struct route *route)
{
	size_t i = (size_t)(route - routes), first = countof(routes) - OP_COUNT;

	assert(i < countof(routes));
	return i < first ? NULL : &ops[i - first];
}

const struct face *
route_face(const struct route *route)
{
	size_t i = (size_t)(route - routes), first = countof(routes) - OP_COUNT - FACE_COUNT;

	assert(i < countof(routes));
	return i < first || i >= first + FACE_COUNT ? NULL : &faces[i - first];
}
