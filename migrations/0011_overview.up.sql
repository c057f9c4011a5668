-- What operators look at: grants and access tokens with all that their life depends on. revoked_ms
-- and disabled_ms are those of whatever ended or stopped them: themselves, or their family, user or
-- client. The rule is that of living_families (0007).
CREATE VIEW grants_overview AS
SELECT f.id, f.kind, f.client_id, c.name AS client_name, f.user_id, u.username, f.scope, f.ip,
       f.user_agent, f.created_ms, f.used_ms,
       COALESCE(f.disabled_ms, u.disabled_ms, CASE WHEN c.status <> 'active' THEN c.updated_ms END)
           AS disabled_ms,
       COALESCE(f.revoked_ms,
           CASE WHEN u.tokens_revoked_ms > f.epoch_ms THEN u.tokens_revoked_ms END,
           (SELECT r.revoked_ms FROM revocations r
             WHERE r.user_id = f.user_id AND r.client_id = f.client_id
               AND r.revoked_ms > f.epoch_ms),
           CASE WHEN c.epoch_ms > f.client_epoch_ms THEN c.epoch_ms END) AS revoked_ms
  FROM families f
  JOIN clients c ON c.id = f.client_id
  LEFT JOIN users u ON u.id = f.user_id;

CREATE VIEW tokens_overview AS
SELECT t.id, t.family_id, g.client_id, g.client_name, g.user_id, g.username, t.scope, t.issued_ms,
       t.expires_ms, g.disabled_ms, COALESCE(t.revoked_ms, g.revoked_ms) AS revoked_ms
  FROM access_tokens t
  JOIN grants_overview g ON g.id = t.family_id;
