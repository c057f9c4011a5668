DROP VIEW living_families;
DROP TABLE revocations;
DROP INDEX families_user_client;
ALTER TABLE families DROP COLUMN user_agent;
ALTER TABLE families DROP COLUMN ip;
ALTER TABLE families DROP COLUMN epoch_ms;
ALTER TABLE users DROP COLUMN tokens_revoked_ms;
ALTER TABLE users DROP COLUMN epoch_ms;
