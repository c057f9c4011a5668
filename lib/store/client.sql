-- name: client_by_id
SELECT id, name, type, auth_method, secret_digest, secret_hash, grants, scopes, redirect_uris,
	status, owner_id, created_ms, updated_ms, application_type, token_profile, id_token_alg,
	post_logout_redirect_uris, backchannel_logout_uri, require_pkce, used_ms
FROM clients WHERE id = $1;

-- name: client_insert
INSERT INTO clients (id, name, type, auth_method, secret_digest, secret_hash, grants, scopes,
	redirect_uris, status, owner_id, created_ms, updated_ms, application_type, token_profile,
	id_token_alg, post_logout_redirect_uris, backchannel_logout_uri, require_pkce)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19);

-- name: client_count
SELECT count(*) FROM clients;

-- name: client_touch
UPDATE clients SET used_ms = $2 WHERE id = $1;

-- name: client_list
SELECT id, name, type, auth_method, secret_digest, secret_hash, grants, scopes, redirect_uris,
	status, owner_id, created_ms, updated_ms, application_type, token_profile, id_token_alg,
	post_logout_redirect_uris, backchannel_logout_uri, require_pkce, used_ms
FROM clients WHERE id > $1 AND status <> 'deleted' ORDER BY id LIMIT $2;

-- name: client_set_secret
UPDATE clients SET secret_digest = $2, secret_hash = NULL, updated_ms = $3
WHERE id = $1 AND status <> 'deleted';

-- name: client_set_status
UPDATE clients SET status = $2, updated_ms = $3 WHERE id = $1 AND status <> 'deleted';

-- Only of the row that was read: $2 is its updated_ms.
-- name: client_update
UPDATE clients SET name = $3, auth_method = $4, grants = $5, scopes = $6, redirect_uris = $7,
	application_type = $8, token_profile = $9, id_token_alg = $10,
	post_logout_redirect_uris = $11, backchannel_logout_uri = $12, require_pkce = $13,
	updated_ms = $14
WHERE id = $1 AND updated_ms = $2;

-- name: client_delete
DELETE FROM clients WHERE id = $1;
