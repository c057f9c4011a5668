ALTER TABLE clients DROP COLUMN old_secret_expires_ms;
ALTER TABLE clients DROP COLUMN old_secret_digest;
DROP VIEW living_families;
CREATE VIEW living_families AS
SELECT f.id, f.kind, f.client_id, f.user_id, f.scope, f.ip, f.user_agent, f.created_ms, f.used_ms,
       f.disabled_ms, f.epoch_ms
  FROM families f
  JOIN users u ON u.id = f.user_id
 WHERE f.revoked_ms IS NULL AND f.epoch_ms >= u.tokens_revoked_ms
   AND NOT EXISTS (SELECT 1 FROM revocations r
                    WHERE r.user_id = f.user_id AND r.client_id = f.client_id
                      AND r.revoked_ms > f.epoch_ms);
ALTER TABLE consents DROP COLUMN client_epoch_ms;
ALTER TABLE device_codes DROP COLUMN client_epoch_ms;
ALTER TABLE auth_codes DROP COLUMN client_epoch_ms;
ALTER TABLE families DROP COLUMN client_epoch_ms;
ALTER TABLE clients DROP COLUMN epoch_ms;
