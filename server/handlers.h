/*
 * Every handler, by the file it is in; the addresses are in server/routes.c.
 */
#ifndef SERVER_HANDLERS_H
#define SERVER_HANDLERS_H

#include "server/exchange.h"

/* server/oauth/token.c */
enum err http_token_post(struct exchange *);
/* server/pages/authorize.c */
enum err http_authorize_get(struct exchange *);
enum err http_authorize_post(struct exchange *);
enum err http_authorize_continue_get(struct exchange *);
enum err http_authorize_decide_post(struct exchange *);
/* server/pages/invitation.c */
enum err http_invitation_get(struct exchange *);
enum err http_invitation_post(struct exchange *);
/* server/oauth/userinfo.c */
enum err http_userinfo(struct exchange *);
enum err http_tokeninfo_get(struct exchange *);
/* server/oauth/introspect.c */
enum err http_introspect_post(struct exchange *);
enum err http_revoke_post(struct exchange *);
/* server/oauth/register.c */
enum err http_register_post(struct exchange *);
enum err http_registration_get(struct exchange *);
enum err http_registration_put(struct exchange *);
enum err http_registration_delete(struct exchange *);
/* server/oauth/device_code.c */
enum err http_device_code_post(struct exchange *);
/* server/oauth/wellknown.c */
enum err http_discovery_get(struct exchange *);
enum err http_jwks_get(struct exchange *);
/* server/keep/probes.c */
/* The process turns its loops: a constant. */
enum err http_livez_get(struct exchange *);
/* May get requests: the database takes changes, the schema is ours, limits can be
 * counted, and the server is not stopping. */
enum err http_readyz_get(struct exchange *);
/* The body of the Go original. */
enum err http_health_get(struct exchange *);
/* server/keep/metrics.c */
enum err http_metrics_get(struct exchange *);
/* server/pages/login.c */
enum err http_home_get(struct exchange *);
enum err http_login_get(struct exchange *);
enum err http_login_post(struct exchange *);
/* server/pages/found.c */
enum err http_robots_get(struct exchange *);
enum err http_favicon_get(struct exchange *);
enum err http_security_get(struct exchange *);
enum err http_openapi_get(struct exchange *);
/* server/pages/brand.c */
enum err http_ui_accent_get(struct exchange *);
enum err http_ui_logo_get(struct exchange *);
/* server/pages/language.c */
enum err http_language_get(struct exchange *);
/* server/pages/end_session.c */
enum err http_logout_get(struct exchange *);
enum err http_logout_post(struct exchange *);
enum err http_end_session_get(struct exchange *);
enum err http_end_session_post(struct exchange *);
enum err http_end_session_confirm_post(struct exchange *);
/* server/pages/device.c */
enum err http_device_get(struct exchange *);
enum err http_device_review_get(struct exchange *);
enum err http_device_done_get(struct exchange *);
enum err http_device_verify_post(struct exchange *);
enum err http_device_decide_post(struct exchange *);
/* server/pages/account.c */
enum err http_account_get(struct exchange *);
enum err http_change_password_get(struct exchange *);
enum err http_account_password_post(struct exchange *);
/* server/pages/account_sessions.c */
enum err http_account_sessions_get(struct exchange *);
enum err http_account_revoke_post(struct exchange *);
enum err http_account_disown_post(struct exchange *);
enum err http_account_disable_post(struct exchange *);
enum err http_account_enable_post(struct exchange *);
enum err http_account_revoke_all_post(struct exchange *);
/* server/pages/account_authorizations.c */
enum err http_account_authorizations_get(struct exchange *);
enum err http_account_authorization_revoke_post(struct exchange *);
/* server/pages/static.c */
enum err http_static_get(struct exchange *);

/* server/pages/provider.c */
enum err http_auth_login_get(struct exchange *);
enum err http_auth_login_post(struct exchange *);
enum err http_auth_callback_get(struct exchange *);
enum err http_auth_name_get(struct exchange *);
enum err http_auth_name_post(struct exchange *);
enum err http_account_connections_get(struct exchange *);
enum err http_account_connection_delete_post(struct exchange *);

/* server/web/web.c: by kind of page in server/faces.def. */
enum err http_web_list(struct exchange *);
enum err http_web_show(struct exchange *);
enum err http_web_new(struct exchange *);
enum err http_web_create(struct exchange *);
enum err http_web_edit(struct exchange *);
enum err http_web_update(struct exchange *);
enum err http_web_ask(struct exchange *);
enum err http_web_act(struct exchange *);
enum err http_web_file(struct exchange *);
/* server/web/apps.c */
enum err http_apps_get(struct exchange *);
enum err http_apps_new_get(struct exchange *);
enum err http_apps_post(struct exchange *);
enum err http_app_get(struct exchange *);
enum err http_app_edit_get(struct exchange *);
enum err http_app_post(struct exchange *);
enum err http_app_delete_get(struct exchange *);
enum err http_app_delete_post(struct exchange *);
enum err http_app_secret_get(struct exchange *);
enum err http_app_secret_post(struct exchange *);
/* server/web/overview.c */
enum err http_web_overview(struct exchange *);

/* server/admin: one for each operation of lib/ops. */
#define OP(resource, id, ...) enum err http_admin_##resource##_##id(struct exchange *);
#include "lib/ops/all.def"

#endif
