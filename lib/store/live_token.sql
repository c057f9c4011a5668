-- name: live_token_by_id
-- row: live_token
SELECT t.id, t.family_id, f.client_id, t.digest, t.scope, COALESCE(t.resource, f.resource) AS resource,
       f.session_id, f.auth_ms, t.issued_ms, t.expires_ms,
       CASE WHEN t.revoked_ms IS NULL AND f.stopped_ms IS NULL AND f.ended_ms IS NULL
            THEN 0 ELSE 1 END AS is_dead,
       f.user_id, f.username, f.email, f.full_name, f.role, f.user_updated_ms, t.revoked_ms,
       f.email_verified
  FROM access_tokens t
  JOIN family_states f ON f.id = t.family_id
 WHERE t.id = $1;

-- One that another program made, by SHA-256 of its text.
-- name: live_token_foreign
-- row: live_token
SELECT t.id, t.family_id, f.client_id, t.digest, t.scope, COALESCE(t.resource, f.resource) AS resource,
       f.session_id, f.auth_ms, t.issued_ms, t.expires_ms,
       CASE WHEN t.revoked_ms IS NULL AND f.stopped_ms IS NULL AND f.ended_ms IS NULL
            THEN 0 ELSE 1 END AS is_dead,
       f.user_id, f.username, f.email, f.full_name, f.role, f.user_updated_ms, t.revoked_ms,
       f.email_verified
  FROM access_tokens t
  JOIN family_states f ON f.id = t.family_id
 WHERE t.foreign_digest = $1;

-- name: access_token_revoke
UPDATE access_tokens SET revoked_ms = $2 WHERE id = $1 AND revoked_ms IS NULL;
