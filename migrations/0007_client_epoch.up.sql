-- Taking back all that one client holds, in one row, as 0003 does it for people.
--
-- Whatever a client was given remembers the client's epoch at that moment, and is dead once the
-- client has a later one. A code hands its epoch on to the family that it becomes, so that a code
-- redeemed while its client is taken back becomes a family that is dead. clients.epoch_ms only
-- grows, by at least one each time. A client's own tokens live in a family of its own for each
-- epoch: client_family_id in lib/store/client.h.

ALTER TABLE clients ADD COLUMN epoch_ms INTEGER NOT NULL DEFAULT 0;

ALTER TABLE families ADD COLUMN client_epoch_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE auth_codes ADD COLUMN client_epoch_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device_codes ADD COLUMN client_epoch_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE consents ADD COLUMN client_epoch_ms INTEGER NOT NULL DEFAULT 0;

DROP VIEW living_families;
-- The families of people that nothing has revoked. Clients' own families are not in it.
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

-- The secret before the one that counts, while both do: a client takes a new one without a pause.
ALTER TABLE clients ADD COLUMN old_secret_digest BLOB;
ALTER TABLE clients ADD COLUMN old_secret_expires_ms INTEGER;
