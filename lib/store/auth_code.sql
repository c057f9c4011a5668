-- name: auth_code_insert
INSERT INTO auth_codes (id, digest, family_id, client_id, user_id, session_id, redirect_uri, scope,
                        resource, nonce, code_challenge, auth_ms, created_ms, expires_ms,
                        client_epoch_ms, amr)
VALUES (...);

-- name: auth_code_by_id
-- row: auth_code
SELECT id, digest, family_id, client_id, user_id, session_id, redirect_uri, scope, resource, nonce,
       code_challenge, state, failures, auth_ms, created_ms, expires_ms, client_epoch_ms,
       amr
  FROM auth_codes WHERE id = $1;

-- name: auth_code_redeem
UPDATE auth_codes SET state = 'redeemed'
 WHERE id = $1 AND state = 'issued' AND expires_ms > $2
   AND EXISTS (SELECT 1 FROM clients WHERE id = auth_codes.client_id AND status = 'active')
   AND EXISTS (SELECT 1 FROM users WHERE id = auth_codes.user_id AND disabled_ms IS NULL);

-- Another text for a code that nobody has used: the one before is unknown from now on.
-- name: auth_code_replace
UPDATE auth_codes SET id = $2, digest = $3, created_ms = $4, expires_ms = $5
 WHERE id = $1 AND state = 'issued' AND client_epoch_ms = $6;

-- name: auth_code_fail
UPDATE auth_codes
   SET failures = failures + 1,
       state = CASE WHEN failures + 1 >= $2 THEN 'burnt' ELSE state END
 WHERE id = $1 AND state = 'issued';

-- name: auth_code_burn_of_session
UPDATE auth_codes SET state = 'burnt'
 WHERE user_id = $1 AND session_id = $2 AND state = 'issued';

-- name: auth_code_purge
DELETE FROM auth_codes
 WHERE id IN (SELECT id FROM auth_codes WHERE expires_ms < $1 ORDER BY expires_ms LIMIT $2);
