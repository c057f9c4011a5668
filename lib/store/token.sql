-- name: family_insert
INSERT INTO families (id, kind, client_id, user_id, scope, created_ms, revoked_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: family_ensure_for_client
INSERT INTO families (id, kind, client_id, scope, created_ms) VALUES ($1, 'client', $1, '', $2)
ON CONFLICT (id) DO NOTHING;

-- The end of the next slice of families to look at.
-- name: family_slice
SELECT id FROM families WHERE id > $1 AND id < $2 ORDER BY id LIMIT 1 OFFSET $3;

-- A client's own family stays as long as the client.
-- name: family_purge
DELETE FROM families
WHERE id > $1 AND id <= $2 AND kind <> 'client'
	AND NOT EXISTS (SELECT 1 FROM access_tokens WHERE family_id = families.id)
	AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE family_id = families.id);

-- name: refresh_token_purge
DELETE FROM refresh_tokens WHERE id IN (
	SELECT id FROM refresh_tokens WHERE expires_ms < $1 ORDER BY expires_ms LIMIT $2);

-- name: access_token_insert
INSERT INTO access_tokens (id, family_id, digest, scope, issued_ms, expires_ms, revoked_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: access_token_by_id
SELECT id, family_id, digest, scope, issued_ms, expires_ms, revoked_ms
FROM access_tokens WHERE id = $1;

-- name: access_token_purge
DELETE FROM access_tokens WHERE id IN (
	SELECT id FROM access_tokens WHERE expires_ms < $1 ORDER BY expires_ms LIMIT $2);
