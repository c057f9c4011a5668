/*
 * Every address this server answers.  To add one: write the handler in the file
 * of its area, declare it in handlers.h, add a row.  HEAD comes with GET,
 * OPTIONS with everything; what the flags mean is in route.h.
 */
#include "server/handlers.h"
#include "server/keep/health.h"
#include "server/keep/metrics.h"
#include "server/route.h"

/* clang-format off */
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
	{METHOD_GET,  "/login",  http_login_get,   LANE_QUICK, ROUTE_SESSION, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/login",  http_login_post,  LANE_HASHER, ROUTE_SESSION | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_LOGIN, 0},
	{METHOD_GET,  "/logout", http_logout_get,  LANE_QUICK, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/logout", http_logout_post, LANE_QUICK, ROUTE_SESSION | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},

	{METHOD_GET,  "/oauth/logout",         http_end_session_get,          LANE_QUICK, ROUTE_SESSION, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/oauth/logout",         http_end_session_post,         LANE_QUICK, ROUTE_SESSION | ROUTE_FORM, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/oauth/logout/confirm", http_end_session_confirm_post, LANE_QUICK, ROUTE_SESSION | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},

	{METHOD_GET,  "/device",        http_device_get,         LANE_QUICK, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/device/verify", http_device_verify_post, LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_DEVICE_VERIFY, 0},
	{METHOD_POST, "/device/decide", http_device_decide_post, LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},

	{METHOD_GET,  "/account",          http_account_get,           LANE_QUICK, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/password", http_account_password_post, LANE_HASHER, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_LOGIN, 0},
	{METHOD_GET,  "/account/sessions", http_account_sessions_get,  LANE_WORKER, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/sessions/revoke-all",  http_account_revoke_all_post, LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/sessions/:id/revoke",  http_account_revoke_post,     LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/sessions/:id/disable", http_account_disable_post,    LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/sessions/:id/enable",  http_account_enable_post,     LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/account/authorizations",            http_account_authorizations_get,        LANE_WORKER, ROUTE_LOGIN, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_POST, "/account/authorizations/:id/revoke", http_account_authorization_revoke_post, LANE_QUICK, ROUTE_LOGIN | ROUTE_FORM | ROUTE_CSRF, ERRORS_PAGE, LIMIT_NONE, 0},
	{METHOD_GET,  "/.well-known/change-password",       http_change_password_get,               LANE_QUICK, 0, ERRORS_PAGE, LIMIT_NONE, 0},

	{METHOD_GET,    "/api/admin/v1/clients",                   http_admin_clients_get,         LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/clients",                   http_admin_clients_post,        LANE_WORKER, ROUTE_ADMIN | ROUTE_JSON, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/clients/:id",               http_admin_client_get,          LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_DELETE, "/api/admin/v1/clients/:id",               http_admin_client_delete,       LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/clients/:id/rotate-secret", http_admin_client_rotate_post,  LANE_WORKER, ROUTE_ADMIN | ROUTE_JSON, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/clients/:id/enable",        http_admin_client_enable_post,  LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/clients/:id/approve",       http_admin_client_approve_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/clients/:id/reject",        http_admin_client_reject_post,  LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/clients/:id/disable",       http_admin_client_disable_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/users",                     http_admin_users_get,           LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/users",                     http_admin_users_post,          LANE_HASHER, ROUTE_ADMIN | ROUTE_JSON, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/users/:id",                 http_admin_user_get,            LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_DELETE, "/api/admin/v1/users/:id",                 http_admin_user_delete,         LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/users/:id/reset-password",  http_admin_user_reset_post,     LANE_HASHER, ROUTE_ADMIN | ROUTE_JSON, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/users/:id/disable",         http_admin_user_disable_post,   LANE_WORKER, ROUTE_ADMIN | ROUTE_MAYBE_JSON, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/users/:id/enable",          http_admin_user_enable_post,    LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/users/:id/promote",         http_admin_user_promote_post,   LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/users/:id/demote",          http_admin_user_demote_post,    LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/clients/:id/revoke",           http_admin_client_revoke_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/users/:id/revoke",             http_admin_user_revoke_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/grants",                       http_admin_grants_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/grants/:id/revoke",            http_admin_grant_revoke_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,    "/api/admin/v1/grants/:id/disable",                  http_admin_grant_disable_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,    "/api/admin/v1/grants/:id/enable",                   http_admin_grant_enable_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,     "/api/admin/v1/clients/:id/authorizations",          http_admin_client_authorizations_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,     "/api/admin/v1/users/:id/authorizations",            http_admin_user_authorizations_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_DELETE,  "/api/admin/v1/users/:id/authorizations/:client_id", http_admin_user_authorization_delete, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/tokens",                       http_admin_tokens_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/tokens/:id/revoke",            http_admin_token_revoke_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/sessions",                     http_admin_sessions_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/sessions/:id/revoke",          http_admin_session_revoke_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/devices",                      http_admin_devices_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/devices/:id/deny",             http_admin_device_deny_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_PATCH,  "/api/admin/v1/clients/:id",                  http_admin_client_patch, LANE_WORKER, ROUTE_ADMIN | ROUTE_JSON, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_PATCH,  "/api/admin/v1/users/:id",                    http_admin_user_patch, LANE_WORKER, ROUTE_ADMIN | ROUTE_JSON, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/audit",                        http_admin_audit_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/audit/stats",                  http_admin_audit_stats_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/audit/sign",                   http_admin_audit_sign_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/audit/verify",                 http_admin_audit_verify_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/audit/anchor",                 http_admin_audit_anchor_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/server",                       http_admin_server_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/server/config",                http_admin_server_config_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/server/reload",                http_admin_server_reload_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_GET,    "/api/admin/v1/keys",                         http_admin_keys_get, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/keys/reseal",                  http_admin_keys_reseal_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/keys/:id/rotate",              http_admin_key_rotate_post, LANE_WORKER, ROUTE_ADMIN, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/keys/:id/promote",             http_admin_key_promote_post, LANE_WORKER, ROUTE_ADMIN | ROUTE_JSON, ERRORS_OAUTH, LIMIT_ADMIN, 0},
	{METHOD_POST,   "/api/admin/v1/keys/:id/retire",              http_admin_key_retire_post, LANE_WORKER, ROUTE_ADMIN | ROUTE_JSON, ERRORS_OAUTH, LIMIT_ADMIN, 0},

	{METHOD_GET,  "/static/:name", http_static_get, LANE_LOOP, ROUTE_CACHE, ERRORS_PLAIN, LIMIT_NONE, 0},
};
/* clang-format on */

const size_t routes_count = countof(routes);
