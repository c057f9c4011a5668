/*
 * The database of the Go original, as a source to move in from.  Read with a store
 * that was opened unprepared, inside of store_begin_snapshot.
 */
#ifndef LIB_STORE_GO_SOURCE_H
#define LIB_STORE_GO_SOURCE_H

#include "lib/store/store.h"

/* Instants are the text that is there: lib/base/timestamp.h reads it.  Ids are text,
 * and mostly UUIDs. */
struct go_user {
	struct str id, username, email, password_hash, role, full_name, auth_source;
	struct str created_at, updated_at;
	bool is_active, email_verified;
};

struct go_client {
	struct str client_id, secret_hash, name, owner_id, scopes;
	struct str redirect_uris; /* JSON */
	struct str type, status, token_profile, project, service_account;
	struct str created_at, updated_at;
	struct str grant_types; /* words; device_flow is set for everybody, these are not */
	bool device_flow, code_flow, client_credentials;
};

struct go_consent {
	struct str uuid, user_id, client_id, scopes, granted_at;
	bool is_active;
};

struct go_refresh_token {
	struct str id;
	struct str hash; /* SHA-256 of the whole token, in hex */
	struct str user_id, client_id, scopes, status;
	struct str expires_at, created_at;
	bool from_code;
};

struct go_connection {
	struct str user_id, provider, subject, username;
	struct str created_at, used_at;
};

/* What some living refresh tokens of a client carry. */
struct go_living_scope {
	struct str client_id, scopes;
	struct str expires_at; /* of the one that lives longest */
};

enum go_table {
	GO_USERS,
	GO_CLIENTS,
	GO_CONSENTS,
	GO_CONNECTIONS,
	GO_LIVING_SCOPES,
	GO_REFRESH_TOKENS
};

/* Gets a struct of the table; all in it ends with the call. */
typedef enum err go_visitor(const void *item, void *context);

/* Calls each(item) in the order of the keys until it returns an error. */
MUST_USE enum err go_each(struct store *, enum go_table, go_visitor *, void *context);

enum go_count {
	GO_ACCESS_TOKENS,
	GO_DEVICE_CODES,
	GO_AUTHORIZATION_CODES,
	GO_AUDIT_LOGS,
	GO_COUNT_CONNECTIONS,
	GO_COUNTS, /* of what stays behind; what is read follows */
	GO_COUNT_USERS = GO_COUNTS,
	GO_COUNT_CLIENTS,
	GO_COUNT_CONSENTS,
	GO_COUNT_REFRESH_TOKENS,
	GO_COUNTS_ALL
};
MUST_USE enum err go_count(struct store *, enum go_count, int64_t *ret);

#endif
