-- name: family_insert
INSERT INTO families (id, kind, client_id, user_id, scope, created_ms, revoked_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: family_ensure_for_client
INSERT INTO families (id, kind, client_id, scope, created_ms) VALUES ($1, 'client', $1, '', $2)
ON CONFLICT (id) DO NOTHING;

-- name: access_token_insert
INSERT INTO access_tokens (id, family_id, digest, scope, issued_ms, expires_ms, revoked_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: access_token_by_id
SELECT id, family_id, digest, scope, issued_ms, expires_ms, revoked_ms
FROM access_tokens WHERE id = $1;

-- name: access_token_purge
DELETE FROM access_tokens WHERE id IN (
	SELECT id FROM access_tokens WHERE expires_ms < $1 ORDER BY expires_ms LIMIT $2);
