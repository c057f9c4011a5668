DROP VIEW tokens_overview;
DROP VIEW grants_overview;
DROP VIEW living_families;
DROP VIEW family_states;

CREATE INDEX families_user_client ON families (user_id, client_id, epoch_ms);
DROP INDEX families_together;

CREATE VIEW living_families AS
SELECT f.id, f.kind, f.client_id, f.user_id, f.scope, f.ip, f.user_agent, f.created_ms, f.used_ms,
       f.disabled_ms, f.epoch_ms
  FROM families f
  JOIN users u ON u.id = f.user_id
  JOIN clients c ON c.id = f.client_id
 WHERE f.revoked_ms IS NULL AND f.epoch_ms >= u.tokens_revoked_ms
   AND f.client_epoch_ms >= c.epoch_ms
   AND NOT EXISTS (SELECT 1 FROM revocations r
                    WHERE r.user_id = f.user_id AND r.client_id = f.client_id
                      AND r.revoked_ms > f.epoch_ms);

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
