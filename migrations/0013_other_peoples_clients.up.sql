-- What other people's clients rely on, one by one, where the rule here is another.

-- Gets a refresh token without asking for offline_access.
ALTER TABLE clients ADD COLUMN refresh_always INTEGER NOT NULL DEFAULT 0;
-- A resource server that introspects access tokens of all clients.
ALTER TABLE clients ADD COLUMN introspect_all INTEGER NOT NULL DEFAULT 0;
-- typ of its access tokens: at+jwt (RFC 9068), or JWT for resource servers that know no other.
ALTER TABLE clients ADD COLUMN access_token_typ TEXT NOT NULL DEFAULT 'at+jwt';

-- Whether somebody has seen that the address is the user's: 1, 0, or NULL if nobody knows.
ALTER TABLE users ADD COLUMN email_verified INTEGER;

-- The views of 0012, with email_verified.
DROP VIEW tokens_overview;
DROP VIEW grants_overview;
DROP VIEW living_families;
DROP VIEW family_states;

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
