-- What a database of the Go original holds, read from there, and never by a server.  Its columns differ
-- by driver: instants are text in SQLite and timestamptz in PostgreSQL, truth is a number or a boolean.
-- The first column is the key: rows behind $1, at most $2.

-- name: go_users
-- row: go_user
SELECT id, username, email, COALESCE(password_hash, '') AS password_hash, role, COALESCE(full_name, '') AS full_name,
	CASE WHEN is_active THEN 1 ELSE 0 END AS is_active, COALESCE(auth_source, '') AS auth_source,
	CAST(created_at AS TEXT) AS created_at, CAST(updated_at AS TEXT) AS updated_at,
	CASE WHEN email_verified THEN 1 ELSE 0 END AS email_verified
FROM users WHERE id > $1 ORDER BY id LIMIT $2;

-- name: go_clients
-- row: go_client
SELECT client_id, client_secret, client_name, user_id, scopes, CAST(redirect_uris AS TEXT) AS redirect_uris,
	client_type, CASE WHEN enable_device_flow THEN 1 ELSE 0 END AS device_flow,
	COALESCE(grant_types, '') AS grant_types,
	CASE WHEN enable_auth_code_flow THEN 1 ELSE 0 END AS code_flow,
	CASE WHEN enable_client_credentials_flow THEN 1 ELSE 0 END AS client_credentials,
	status, token_profile, COALESCE(project, '') AS project,
	COALESCE(service_account, '') AS service_account,
	CAST(created_at AS TEXT) AS created_at, CAST(updated_at AS TEXT) AS updated_at
FROM oauth_applications WHERE client_id > $1 ORDER BY client_id LIMIT $2;

-- name: go_consents
-- row: go_consent
SELECT uuid, user_id, client_id, scopes, CAST(granted_at AS TEXT) AS granted_at,
	CASE WHEN is_active AND revoked_at IS NULL THEN 1 ELSE 0 END AS is_active
FROM user_authorizations WHERE uuid > $1 ORDER BY uuid LIMIT $2;

-- name: go_refresh_tokens
-- row: go_refresh_token
SELECT id, token_hash, user_id, client_id, scopes, status,
	CASE WHEN authorization_id IS NULL THEN 0 ELSE 1 END AS from_code,
	CAST(expires_at AS TEXT) AS expires_at, CAST(created_at AS TEXT) AS created_at
FROM access_tokens WHERE token_category = 'refresh' AND id > $1 ORDER BY id LIMIT $2;

-- name: go_connections
-- row: go_connection
SELECT id, user_id, COALESCE(provider, '') AS provider, COALESCE(provider_user_id, '') AS subject,
	COALESCE(provider_username, '') AS username, CAST(created_at AS TEXT) AS created_at,
	COALESCE(CAST(last_used_at AS TEXT), '') AS used_at
FROM oauth_connections WHERE id > $1 ORDER BY id LIMIT $2;

-- What living tokens of a client carry: one row for each list of scopes.
-- name: go_living_scopes
-- row: go_living_scope
SELECT client_id || ' ' || COALESCE(scopes, '') AS pair, client_id, COALESCE(scopes, '') AS scopes,
	max(CAST(expires_at AS TEXT)) AS expires_at
FROM access_tokens
WHERE token_category = 'refresh' AND status = 'active' AND client_id || ' ' || COALESCE(scopes, '') > $1
GROUP BY client_id, COALESCE(scopes, '') ORDER BY 1 LIMIT $2;

-- What is not read, only counted.
-- name: go_count_access_tokens
SELECT count(*) FROM access_tokens WHERE token_category <> 'refresh';

-- What is read, counted before, to tell how far that is.
-- name: go_count_users
SELECT count(*) FROM users;

-- name: go_count_clients
SELECT count(*) FROM oauth_applications;

-- name: go_count_consents
SELECT count(*) FROM user_authorizations;

-- name: go_count_refresh_tokens
SELECT count(*) FROM access_tokens WHERE token_category = 'refresh';

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
