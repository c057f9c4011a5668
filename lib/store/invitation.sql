-- A newer one takes the place of the one before.
-- name: invitation_put
INSERT INTO invitations (user_id, digest, created_ms, expires_ms) VALUES ($1, $2, $3, $4)
ON CONFLICT (user_id) DO UPDATE SET digest = excluded.digest, created_ms = excluded.created_ms,
	expires_ms = excluded.expires_ms;

-- name: invitation_of_user
-- row: invitation
SELECT user_id, digest, created_ms, expires_ms FROM invitations WHERE user_id = $1;

-- Once: of two who come at the same time the second finds nothing.
-- name: invitation_take
DELETE FROM invitations WHERE user_id = $1 AND digest = $2 AND expires_ms > $3;

-- Only of somebody who has none, and may sign in.
-- name: invitation_set_password_hash
UPDATE users SET password_hash = $2,
	updated_ms = CASE WHEN updated_ms < $3 THEN $3 ELSE updated_ms + 1 END
WHERE id = $1 AND password_hash = '' AND disabled_ms IS NULL;

-- name: invitation_purge
DELETE FROM invitations WHERE user_id IN (
	SELECT user_id FROM invitations WHERE expires_ms <= $1 ORDER BY expires_ms LIMIT $2);
