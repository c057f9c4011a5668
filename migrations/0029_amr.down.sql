DROP VIEW tokens_overview;
DROP VIEW grants_overview;
DROP VIEW living_families;
DROP VIEW family_states;

ALTER TABLE families DROP COLUMN amr;
ALTER TABLE device_codes DROP COLUMN amr;
ALTER TABLE auth_codes DROP COLUMN amr;
ALTER TABLE sessions DROP COLUMN amr;
ALTER TABLE sessions DROP COLUMN auth_ms;

-- Families with all that their life depends on. ended_ms: revoked, alone or with others of its user, its user and
-- client, or its client (0003, 0007). stopped_ms: disabled, itself or its user or client; what stops may go on again.
CREATE VIEW family_states AS
SELECT f.id, f.kind, f.client_id, f.user_id, f.session_id, f.scope, f.resource, f.nonce, f.auth_ms,
       f.created_ms, f.expires_ms, f.used_ms, f.disabled_ms, f.ip, f.user_agent,
       c.name AS client_name, u.username, u.email, u.full_name, u.role, u.updated_ms AS user_updated_ms,
       u.email_verified,
       COALESCE(f.disabled_ms, u.disabled_ms, CASE WHEN c.status <> 'active' THEN c.updated_ms END)
           AS stopped_ms,
       COALESCE(f.revoked_ms,
           CASE WHEN u.tokens_revoked_ms > f.epoch_ms THEN u.tokens_revoked_ms END,
           CASE WHEN c.epoch_ms > f.client_epoch_ms THEN c.epoch_ms END,
           (SELECT r.revoked_ms FROM revocations r
             WHERE r.user_id = f.user_id AND r.client_id = f.client_id
               AND r.revoked_ms > f.epoch_ms)) AS ended_ms
  FROM families f
  JOIN clients c ON c.id = f.client_id
  LEFT JOIN users u ON u.id = f.user_id;

-- The families of people that nothing has revoked. Clients' own families are not in it.
CREATE VIEW living_families AS
SELECT id, kind, client_id, client_name, user_id, scope, ip, user_agent, created_ms, used_ms, disabled_ms
  FROM family_states
 WHERE user_id IS NOT NULL AND ended_ms IS NULL;

-- What operators look at.
CREATE VIEW grants_overview AS
SELECT id, kind, client_id, client_name, user_id, username, scope, ip, user_agent, created_ms, used_ms,
       stopped_ms AS disabled_ms, ended_ms AS revoked_ms
  FROM family_states;

CREATE VIEW tokens_overview AS
SELECT t.id, t.family_id, g.client_id, g.client_name, g.user_id, g.username, t.scope, t.issued_ms,
       t.expires_ms, g.stopped_ms AS disabled_ms, COALESCE(t.revoked_ms, g.ended_ms) AS revoked_ms
  FROM access_tokens t
  JOIN family_states g ON g.id = t.family_id;
