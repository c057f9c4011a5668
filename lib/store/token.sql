-- name: family_insert
INSERT INTO families (id, kind, client_id, user_id, session_id, scope, resource, nonce, auth_ms,
	created_ms, expires_ms, ip, user_agent, client_epoch_ms, amr, epoch_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
	COALESCE((SELECT epoch_ms FROM users WHERE id = $4), 0));

-- name: family_by_id
-- row: family
SELECT id, kind, client_id, user_id, session_id, scope, resource, nonce, auth_ms, created_ms,
	expires_ms, used_ms, disabled_ms, ended_ms, ip, user_agent, amr
FROM family_states WHERE id = $1;

-- name: family_revoke
UPDATE families SET revoked_ms = $2 WHERE id = $1 AND revoked_ms IS NULL;

-- A statement that writes, so that it sees and holds what it checks also where readers do not.
-- name: family_check_alive
UPDATE families SET used_ms = $2
WHERE id = $1 AND disabled_ms IS NULL
	AND EXISTS (SELECT 1 FROM living_families WHERE living_families.id = families.id)
	AND EXISTS (SELECT 1 FROM clients WHERE id = families.client_id AND status = 'active')
	AND EXISTS (SELECT 1 FROM users WHERE id = families.user_id AND disabled_ms IS NULL);

-- What follows is asked for by a user: only of that user's families, only of living ones.

-- The row that comes $3 rows later in the list below, if nothing in it were dead.
-- name: family_window
-- row: family_bound
SELECT id FROM families WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT 1 OFFSET $3;

-- Those that can still do something: the newest token expires last. Newest first, before $2 and not
-- before $5.
-- name: family_list_of_user
-- row: family_view
SELECT f.id, f.kind, f.client_id, f.client_name, f.scope, f.ip, f.user_agent, f.created_ms,
	f.used_ms, f.disabled_ms
FROM living_families f
WHERE f.user_id = $1 AND f.id < $2 AND f.id >= $5
	AND (lower(f.client_name) LIKE lower($6) ESCAPE '!' OR lower(f.scope) LIKE lower($6) ESCAPE '!')
	AND (CAST($7 AS BIGINT) = 0 OR CAST($7 AS BIGINT) = CASE WHEN f.disabled_ms IS NULL THEN 1 ELSE 2 END)
	AND ($3 < (SELECT expires_ms FROM access_tokens WHERE family_id = f.id
			ORDER BY id DESC LIMIT 1)
		OR $3 < (SELECT expires_ms FROM refresh_tokens WHERE family_id = f.id
			ORDER BY id DESC LIMIT 1))
ORDER BY f.id DESC LIMIT $4;

-- name: family_devices_between
-- row: family_view
SELECT ... FROM living_families f
WHERE f.user_id = $1 AND f.id > $2 AND f.id < $3 AND f.kind = 'device'
ORDER BY f.id DESC LIMIT $4;

-- name: family_revoke_of_user
UPDATE families SET revoked_ms = $3
WHERE id = (SELECT id FROM living_families WHERE id = $1 AND user_id = $2);

-- name: family_revoke_of_session
UPDATE families SET revoked_ms = $3
WHERE session_id = $1 AND user_id = $2 AND revoked_ms IS NULL;

-- name: family_disable_of_user
UPDATE families SET disabled_ms = $3
WHERE id = (SELECT id FROM living_families WHERE id = $1 AND user_id = $2)
	AND disabled_ms IS NULL;

-- name: family_enable_of_user
UPDATE families SET disabled_ms = NULL
WHERE id = (SELECT id FROM living_families WHERE id = $1 AND user_id = $2)
	AND disabled_ms IS NOT NULL;

-- name: family_ensure_for_client
INSERT INTO families (id, kind, client_id, scope, created_ms, client_epoch_ms)
VALUES ($1, 'client', $2, '', $3, $4)
ON CONFLICT (id) DO NOTHING;

-- The end of the next slice of families to look at.
-- name: family_slice
-- row: family_bound
SELECT ... FROM families WHERE id > $1 AND id < $2 ORDER BY id LIMIT 1 OFFSET $3;

-- A client's own family stays as long as its epoch.
-- name: family_purge
DELETE FROM families
WHERE id > $1 AND id <= $2
	AND (kind <> 'client'
		OR client_epoch_ms < (SELECT epoch_ms FROM clients WHERE id = families.client_id))
	AND NOT EXISTS (SELECT 1 FROM access_tokens WHERE family_id = families.id)
	AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE family_id = families.id);

-- name: refresh_token_purge
DELETE FROM refresh_tokens WHERE id IN (
	SELECT id FROM refresh_tokens WHERE expires_ms < $1 ORDER BY expires_ms LIMIT $2);

-- name: access_token_insert
INSERT INTO access_tokens (id, family_id, digest, scope, issued_ms, expires_ms, revoked_ms,
	resource, foreign_digest)
VALUES (...);

-- name: access_token_by_id
-- row: access_token
SELECT id, family_id, digest, scope, issued_ms, expires_ms, revoked_ms, resource
FROM access_tokens WHERE id = $1;

-- name: access_token_purge
DELETE FROM access_tokens WHERE id IN (
	SELECT id FROM access_tokens WHERE expires_ms < $1 ORDER BY expires_ms LIMIT $2);

-- name: refresh_token_insert
INSERT INTO refresh_tokens (id, family_id, digest, scope, issued_ms, expires_ms, imported_digest)
VALUES (...);

-- name: refresh_token_by_id
-- row: refresh_token
SELECT id, family_id, digest, scope, issued_ms, expires_ms, used_ms, successor_sealed, revoked_ms,
	imported_digest
FROM refresh_tokens WHERE id = $1;

-- name: refresh_token_imported
-- row: refresh_token
SELECT ... FROM refresh_tokens WHERE imported_digest = $1;

-- Changes nothing and holds the row until COMMIT, if it has not been used.
-- name: refresh_token_hold_unused
UPDATE refresh_tokens SET expires_ms = expires_ms
WHERE id = $1 AND used_ms IS NULL AND revoked_ms IS NULL;

-- name: refresh_token_rotate
UPDATE refresh_tokens SET used_ms = $3, successor_sealed = $2
WHERE id = $1 AND used_ms IS NULL AND revoked_ms IS NULL AND expires_ms > $3;
