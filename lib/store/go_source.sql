-- What a database of the Go original holds, read from there, and never by a server.  Its columns differ
-- by driver: instants are text in SQLite and timestamptz in PostgreSQL, truth is a number or a boolean.
-- The first column is the key: rows behind $1, at most $2.

-- name: go_users
SELECT id, username, email, COALESCE(password_hash, ''), role, COALESCE(full_name, ''),
	CASE WHEN is_active THEN 1 ELSE 0 END, COALESCE(auth_source, ''),
	CAST(created_at AS TEXT), CAST(updated_at AS TEXT)
FROM users WHERE id > $1 ORDER BY id LIMIT $2;

-- name: go_clients
SELECT client_id, client_secret, client_name, user_id, scopes, CAST(redirect_uris AS TEXT),
	client_type, CASE WHEN enable_device_flow THEN 1 ELSE 0 END,
	CASE WHEN enable_auth_code_flow THEN 1 ELSE 0 END,
	CASE WHEN enable_client_credentials_flow THEN 1 ELSE 0 END,
	status, token_profile, COALESCE(project, ''), COALESCE(service_account, ''),
	CAST(created_at AS TEXT), CAST(updated_at AS TEXT)
FROM oauth_applications WHERE client_id > $1 ORDER BY client_id LIMIT $2;

-- name: go_consents
SELECT uuid, user_id, client_id, scopes, CAST(granted_at AS TEXT),
	CASE WHEN is_active AND revoked_at IS NULL THEN 1 ELSE 0 END
FROM user_authorizations WHERE uuid > $1 ORDER BY uuid LIMIT $2;

-- name: go_refresh_tokens
SELECT id, token_hash, user_id, client_id, scopes, status,
	CASE WHEN authorization_id IS NULL THEN 0 ELSE 1 END,
	CAST(expires_at AS TEXT), CAST(created_at AS TEXT)
FROM access_tokens WHERE token_category = 'refresh' AND id > $1 ORDER BY id LIMIT $2;

-- What is not read, only counted.
-- name: go_count_access_tokens
SELECT count(*) FROM access_tokens WHERE token_category <> 'refresh';

-- name: go_count_device_codes
SELECT count(*) FROM device_codes;

-- name: go_count_authorization_codes
SELECT count(*) FROM authorization_codes;

-- name: go_count_audit_logs
SELECT count(*) FROM audit_logs;

-- name: go_count_connections
SELECT count(*) FROM oauth_connections;

-- Of the target: whether an address is taken.
-- name: user_count_by_email
SELECT count(*) FROM users WHERE email = $1;
