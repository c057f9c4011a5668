-- Clients that registered themselves (RFC 7591). Those that nobody has used yet are counted against
-- a quota and purged by age; deleted ones wait until their tokens are gone.

CREATE INDEX clients_unused ON clients (created_ms)
 WHERE registration_digest IS NOT NULL AND used_ms IS NULL;
CREATE INDEX clients_deleted ON clients (id) WHERE status = 'deleted';
