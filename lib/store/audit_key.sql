-- name: audit_key_list
-- row: audit_key
SELECT id, sealed, last_chain, retired_ms FROM audit_keys ORDER BY id DESC LIMIT $1;

-- name: audit_key_insert
INSERT INTO audit_keys (id, sealed, last_chain, retired_ms) VALUES (...);

-- name: audit_key_reseal
UPDATE audit_keys SET sealed = $2 WHERE id = $1;

-- name: audit_key_purge
DELETE FROM audit_keys WHERE last_chain <= $1;
