/* What an operator can do from the command line. */
#include "cmd/admin.h"

#include "lib/base/compiler.h"

static const struct admin_option client_options[] = {
	{"--name", "name", ADMIN_TEXT},
	{"--type", "type", ADMIN_TEXT},
	{"--auth-method", "auth_method", ADMIN_TEXT},
	{"--application-type", "application_type", ADMIN_TEXT},
	{"--grant", "grants", ADMIN_LIST},
	{"--scope", "scopes", ADMIN_LIST},
	{"--redirect-uri", "redirect_uris", ADMIN_LIST},
	{"--post-logout-redirect-uri", "post_logout_redirect_uris", ADMIN_LIST},
	{"--backchannel-logout-uri", "backchannel_logout_uri", ADMIN_TEXT},
	{"--token-profile", "token_profile", ADMIN_TEXT},
	{"--id-token-alg", "id_token_alg", ADMIN_TEXT},
	{"--require-pkce", "require_pkce", ADMIN_FLAG},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option secret_options[] = {
	{"--keep-old-for", "keep_old_for", ADMIN_TEXT},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option force_options[] = {
	{"--at-once", "force", ADMIN_FLAG},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option user_options[] = {
	{"--username", "username", ADMIN_TEXT},
	{"--email", "email", ADMIN_TEXT},
	{"--full-name", "full_name", ADMIN_TEXT},
	{"--role", "role", ADMIN_TEXT},
	{"--password-stdin", "password", ADMIN_STDIN},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option person_options[] = {
	{"--email", "email", ADMIN_TEXT},
	{"--full-name", "full_name", ADMIN_TEXT},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option audit_options[] = {
	{"--event", "event", ADMIN_TEXT},
	{"--actor", "actor", ADMIN_TEXT},
	{"--target", "target", ADMIN_TEXT},
	{"--since", "since", ADMIN_TEXT},
	{"--limit", "limit", ADMIN_TEXT},
	{"--after", "after", ADMIN_TEXT},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option export_options[] = {
	{"--event", "event", ADMIN_TEXT},
	{"--actor", "actor", ADMIN_TEXT},
	{"--target", "target", ADMIN_TEXT},
	{"--since", "since", ADMIN_TEXT},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option head_options[] = {
	{"--head", "head", ADMIN_TEXT},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option since_options[] = {
	{"--since", "since", ADMIN_TEXT},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option page_options[] = {
	{"--limit", "limit", ADMIN_TEXT},
	{"--after", "after", ADMIN_TEXT},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option status_options[] = {
	{"--status", "status", ADMIN_TEXT},
	{"--limit", "limit", ADMIN_TEXT},
	{"--after", "after", ADMIN_TEXT},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option role_options[] = {
	{"--role", "role", ADMIN_TEXT},
	{"--limit", "limit", ADMIN_TEXT},
	{"--after", "after", ADMIN_TEXT},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option filter_options[] = {
	{"--user", "user", ADMIN_TEXT},
	{"--client", "client", ADMIN_TEXT},
	{"--grant", "grant", ADMIN_TEXT},
	{"--active", "active", ADMIN_FLAG},
	{"--limit", "limit", ADMIN_TEXT},
	{"--after", "after", ADMIN_TEXT},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option password_options[] = {
	{"--password-stdin", "password", ADMIN_STDIN},
	{"--keep-tokens", "keep_tokens", ADMIN_FLAG},
	{NULL, NULL, ADMIN_TEXT},
};

static const struct admin_option taking_options[] = {
	{"--keep-tokens", "keep_tokens", ADMIN_FLAG},
	{NULL, NULL, ADMIN_TEXT},
};

static const char *const client_columns[] = {"client_id", "name", "type", "status", NULL};
static const char *const user_columns[] = {"id", "username", "role", "status", "email", NULL};
static const char *const grant_columns[] = {
	"id", "kind", "state", "client_name", "username", "scope", "created_at", NULL};
static const char *const consent_columns[] = {"username", "scope", "granted_at", "user_id", NULL};
static const char *const authorization_columns[] = {
	"client_name", "scope", "grants", "is_remembered", "granted_at", "client_id", NULL};
static const char *const token_columns[] = {
	"id", "state", "client_name", "username", "scope", "expires_at", NULL};
static const char *const session_columns[] = {
	"id", "username", "ip", "user_agent", "used_at", NULL};
static const char *const audit_columns[] = {
	"at", "severity", "event", "actor", "target", "ip", "detail", NULL};
static const char *const export_columns[] = {"at", "severity", "event", "actor", "target", "detail",
	"ip", "user_agent", "request_id", "id", NULL};
static const char *const key_columns[] = {"kid", "alg", "state", "created_at", "expires_at", NULL};
static const char *const setting_columns[] = {"key", "value", "changes", NULL};
static const char *const change_columns[] = {"key", "was", "is", "needs_restart", NULL};
static const char *const stats_columns[] = {"count", "severity", "event", NULL};
static const char *const device_columns[] = {
	"id", "client_name", "state", "username", "ip", "created_at", NULL};

/* clang-format off */
const struct admin_action admin_actions[] = {
	{"client", "list", "GET", "/clients", "clients", client_columns, status_options, false, "list clients: [--status pending]"},
	{"client", "show", "GET", "/clients/%s", NULL, NULL, NULL, false, "show one"},
	{"client", "create", "POST", "/clients", NULL, NULL, client_options, false,
		"create one: --name N [--type public|confidential] --grant G... [--redirect-uri U]... [--scope S]..."},
	{"client", "edit", "PATCH", "/clients/%s", NULL, NULL, client_options, false, "change what is given: the options of create but --type"},
	{"client", "rotate-secret", "POST", "/clients/%s/rotate-secret", NULL, NULL, secret_options, true,
		"give it a new secret: [--keep-old-for 24h], else the old one ends now"},
	{"client", "approve", "POST", "/clients/%s/approve", NULL, NULL, NULL, false, "let one in that registered itself"},
	{"client", "reject", "POST", "/clients/%s/reject", NULL, NULL, NULL, true, "turn one away that registered itself"},
	{"client", "enable", "POST", "/clients/%s/enable", NULL, NULL, NULL, false, "let it work"},
	{"client", "disable", "POST", "/clients/%s/disable", NULL, NULL, NULL, true, "stop it and all its tokens"},
	{"client", "revoke", "POST", "/clients/%s/revoke", NULL, NULL, NULL, true, "end all its tokens and codes"},
	{"client", "authorizations", "GET", "/clients/%s/authorizations", "authorizations", consent_columns, page_options, false, "list who remembers to have let it in"},
	{"client", "delete", "DELETE", "/clients/%s", NULL, NULL, NULL, true, "delete it with all its tokens"},

	{"user", "list", "GET", "/users", "users", user_columns, role_options, false, "list people: [--role admin]"},
	{"user", "show", "GET", "/users/%s", NULL, NULL, NULL, false, "show one, by id or name"},
	{"user", "create", "POST", "/users", NULL, NULL, user_options, false,
		"create one: --username U [--email E] [--full-name N] [--role user|admin] [--password-stdin]"},
	{"user", "edit", "PATCH", "/users/%s", NULL, NULL, person_options, false, "change what is given: [--email E] [--full-name N]"},
	{"user", "reset-password", "POST", "/users/%s/reset-password", NULL, NULL, password_options, true,
		"give a new password, and end all sessions and tokens: [--password-stdin] [--keep-tokens]"},
	{"user", "enable", "POST", "/users/%s/enable", NULL, NULL, NULL, false, "let sign in again"},
	{"user", "disable", "POST", "/users/%s/disable", NULL, NULL, taking_options, true,
		"keep out, and end all sessions and tokens for good: [--keep-tokens]"},
	{"user", "promote", "POST", "/users/%s/promote", NULL, NULL, NULL, true, "make an admin"},
	{"user", "demote", "POST", "/users/%s/demote", NULL, NULL, NULL, true, "make an ordinary user, and end all sessions"},
	{"user", "revoke", "POST", "/users/%s/revoke", NULL, NULL, NULL, true, "end all sessions and tokens"},
	{"user", "authorizations", "GET", "/users/%s/authorizations", "authorizations", authorization_columns, page_options, false, "list whom they let in"},
	{"user", "withdraw", "DELETE", "/users/%s/authorizations/%s", NULL, NULL, NULL, true, "take back what they let a client do: ID is the user, then the client"},
	{"user", "delete", "DELETE", "/users/%s", NULL, NULL, NULL, true, "delete with everything granted"},

	{"grant", "list", "GET", "/grants", "grants", grant_columns, filter_options, false, "list who let whom in: [--user U] [--client C] [--active]"},
	{"grant", "revoke", "POST", "/grants/%s/revoke", NULL, NULL, NULL, true, "end one with all its tokens"},
	{"grant", "disable", "POST", "/grants/%s/disable", NULL, NULL, NULL, true, "stop one with all its tokens until it is enabled"},
	{"grant", "enable", "POST", "/grants/%s/enable", NULL, NULL, NULL, false, "let one go on"},
	{"token", "list", "GET", "/tokens", "tokens", token_columns, filter_options, false, "list access tokens: [--user U] [--client C] or [--grant G], [--active]"},
	{"token", "revoke", "POST", "/tokens/%s/revoke", NULL, NULL, NULL, true, "end one"},
	{"session", "list", "GET", "/sessions", "sessions", session_columns, filter_options, false, "list browsers that are signed in: [--user U]"},
	{"session", "revoke", "POST", "/sessions/%s/revoke", NULL, NULL, NULL, true, "sign one out"},
	{"device", "list", "GET", "/devices", "devices", device_columns, page_options, false, "list device requests"},
	{"device", "deny", "POST", "/devices/%s/deny", NULL, NULL, NULL, true, "turn one away that has no tokens yet"},

	{"key", "list", "GET", "/keys", "keys", key_columns, NULL, false, "list the signing keys"},
	{"key", "rotate", "POST", "/keys/%s/rotate", NULL, NULL, NULL, true,
		"publish a successor now; ID is ES256 or RS256. It signs once verifiers know it"},
	{"key", "promote", "POST", "/keys/%s/promote", NULL, NULL, force_options, true,
		"let the successor sign: ES256 or RS256, [--at-once] before every verifier can know it"},
	{"key", "retire", "POST", "/keys/%s/retire", NULL, NULL, force_options, true,
		"take one out of the set, by its kid: [--at-once] though its tokens may be alive"},

	{"key", "reseal", "POST", "/keys/reseal", NULL, NULL, NULL, true,
		"seal them, and sign the audit trail, with the new SESSION_SECRET, once every node has it"},

	{"server", "status", "GET", "/server", NULL, NULL, NULL, false, "how it goes: version, readiness, queues, counts"},
	{"server", "config", "GET", "/server/config", "settings", setting_columns, NULL, false, "the configuration in force, without secrets"},
	{"server", "reload", "POST", "/server/reload", "changes", change_columns, NULL, false, "read the configuration and the certificate again"},

	{"audit", "list", "GET", "/audit", "events", audit_columns, audit_options, false,
		"what happened: [--event E] [--actor A] [--target T] [--since 24h]"},
	{"audit", "export", "GET", "/audit", "events", export_columns, export_options, false,
		"write all of it: [--format jsonl|csv] and the filters of list"},
	{"audit", "stats", "GET", "/audit/stats", "stats", stats_columns, since_options, false, "how often what happened: [--since 24h]"},
	{"audit", "sign", "POST", "/audit/sign", NULL, NULL, NULL, false, "sign the ends of its chains now"},
	{"audit", "verify", "GET", "/audit/verify", NULL, NULL, NULL, false,
		"find what was edited, added or removed: [--anchor FILE]"},
	{"audit", "compare", "GET", "/audit/anchor", NULL, NULL, head_options, false,
		"compare with one end that was anchored: --head audit-head/1/..."},
};
/* clang-format on */
const size_t admin_actions_count = countof(admin_actions);
