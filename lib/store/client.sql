-- name: client_by_id
SELECT id, name, type, auth_method, secret_digest, secret_hash, grants, scopes, redirect_uris,
	status, owner_id, created_ms, updated_ms
FROM clients WHERE id = $1;

-- name: client_insert
INSERT INTO clients (id, name, type, auth_method, secret_digest, secret_hash, grants, scopes,
	redirect_uris, status, owner_id, created_ms, updated_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: client_count
SELECT count(*) FROM clients;
