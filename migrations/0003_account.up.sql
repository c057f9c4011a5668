-- What the account pages need: where a family was made, and taking many back at once.
--
-- A user may have 100,000 families; ending them one by one would hold up the writer. So a family
-- remembers the user's epoch at its birth, and revoking many is one row that names a later epoch.
-- users.epoch_ms only grows, by at least one at each such revocation, and is moved in the same
-- transaction: no two instants can tie, and no clock that steps back revives anything.

ALTER TABLE users ADD COLUMN epoch_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN tokens_revoked_ms INTEGER NOT NULL DEFAULT 0;  -- older epochs are dead

ALTER TABLE families ADD COLUMN epoch_ms INTEGER NOT NULL DEFAULT 0;        -- users.epoch_ms then
ALTER TABLE families ADD COLUMN ip TEXT NOT NULL DEFAULT '';
ALTER TABLE families ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
CREATE INDEX families_user_client ON families (user_id, client_id, epoch_ms);

-- The same for the families of one client. At most one row per user and client.
CREATE TABLE revocations (
    user_id        BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id      BLOB    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    revoked_ms     INTEGER NOT NULL,                -- families of older epochs are dead
    PRIMARY KEY (user_id, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX revocations_client ON revocations (client_id);

-- The families of people that nothing has revoked. Clients' own families are not in it.
CREATE VIEW living_families AS
SELECT f.id, f.kind, f.client_id, f.user_id, f.scope, f.ip, f.user_agent, f.created_ms, f.used_ms,
       f.disabled_ms, f.epoch_ms
  FROM families f
  JOIN users u ON u.id = f.user_id
 WHERE f.revoked_ms IS NULL AND f.epoch_ms >= u.tokens_revoked_ms
   AND NOT EXISTS (SELECT 1 FROM revocations r
                    WHERE r.user_id = f.user_id AND r.client_id = f.client_id
                      AND r.revoked_ms > f.epoch_ms);
