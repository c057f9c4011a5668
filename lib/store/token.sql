-- name: family_insert
INSERT INTO families (id, kind, client_id, user_id, session_id, scope, resource, nonce, auth_ms,
	created_ms, expires_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: family_by_id
SELECT id, kind, client_id, user_id, session_id, scope, resource, nonce, auth_ms, created_ms,
	expires_ms, used_ms, disabled_ms, revoked_ms
FROM families WHERE id = $1;

-- name: family_revoke
UPDATE families SET revoked_ms = $2 WHERE id = $1 AND revoked_ms IS NULL;

-- A statement that writes, so that it sees and holds what it checks also where readers do not.
-- name: family_check_alive
UPDATE families SET used_ms = $2
WHERE id = $1 AND revoked_ms IS NULL AND disabled_ms IS NULL
	AND EXISTS (SELECT 1 FROM clients WHERE id = families.client_id AND status = 'active')
	AND EXISTS (SELECT 1 FROM users WHERE id = families.user_id AND disabled_ms IS NULL);

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

-- name: refresh_token_insert
INSERT INTO refresh_tokens (id, family_id, digest, scope, issued_ms, expires_ms)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: refresh_token_by_id
SELECT id, family_id, digest, scope, issued_ms, expires_ms, used_ms, successor_sealed, revoked_ms
FROM refresh_tokens WHERE id = $1;

-- name: refresh_token_rotate
UPDATE refresh_tokens SET used_ms = $3, successor_sealed = $2
WHERE id = $1 AND used_ms IS NULL AND revoked_ms IS NULL AND expires_ms > $3;
