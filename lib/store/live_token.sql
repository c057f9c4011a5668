-- The rule of the view living_families, over the rows that are at hand anyway.
-- name: live_token_by_id
SELECT t.id, t.family_id, f.client_id, t.digest, t.scope, COALESCE(t.resource, f.resource),
       f.session_id, f.auth_ms, t.issued_ms, t.expires_ms,
       CASE WHEN t.revoked_ms IS NULL AND f.disabled_ms IS NULL AND c.status = 'active'
                 AND u.disabled_ms IS NULL
                 AND f.revoked_ms IS NULL AND f.epoch_ms >= COALESCE(u.tokens_revoked_ms, 0)
                 AND f.client_epoch_ms >= c.epoch_ms
                 AND NOT EXISTS (SELECT 1 FROM revocations r
                                  WHERE r.user_id = f.user_id AND r.client_id = f.client_id
                                    AND r.revoked_ms > f.epoch_ms)
            THEN 0 ELSE 1 END,
       u.id, u.username, u.email, u.full_name, u.role, u.updated_ms, t.revoked_ms
  FROM access_tokens t
  JOIN families f ON f.id = t.family_id
  JOIN clients c ON c.id = f.client_id
  LEFT JOIN users u ON u.id = f.user_id
 WHERE t.id = $1;

-- name: access_token_revoke
UPDATE access_tokens SET revoked_ms = $2 WHERE id = $1 AND revoked_ms IS NULL;
