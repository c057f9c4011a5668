-- Both expressions of an UPDATE see the row as it was: the two columns get the same instant.
-- name: revocation_of_user
UPDATE users
   SET epoch_ms = CASE WHEN epoch_ms < $2 THEN $2 ELSE epoch_ms + 1 END,
       tokens_revoked_ms = CASE WHEN epoch_ms < $2 THEN $2 ELSE epoch_ms + 1 END
 WHERE id = $1;

-- name: revocation_begin_epoch
UPDATE users SET epoch_ms = CASE WHEN epoch_ms < $2 THEN $2 ELSE epoch_ms + 1 END WHERE id = $1;

-- name: revocation_of_client
INSERT INTO revocations (user_id, client_id, revoked_ms)
SELECT id, $2, epoch_ms FROM users WHERE id = $1
    ON CONFLICT (user_id, client_id) DO UPDATE SET revoked_ms = excluded.revoked_ms;

-- name: revocation_of_consents
DELETE FROM consents WHERE user_id = $1;

-- Codes that could still become tokens; $2 is a client, or NULL for all.
-- name: revocation_of_auth_codes
UPDATE auth_codes SET state = 'burnt'
 WHERE user_id = $1 AND state = 'issued' AND client_id = COALESCE($2, client_id);

-- name: revocation_of_device_codes
UPDATE device_codes SET state = 'denied'
 WHERE user_id = $1 AND state = 'approved' AND client_id = COALESCE($2, client_id);
