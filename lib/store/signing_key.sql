-- name: signing_key_insert
INSERT INTO signing_keys (id, kid, alg, state, sealed, created_ms, expires_ms, trail_began_ms)
VALUES (...);

-- The newest, so that a full table can never hide the key in use.
-- name: signing_key_list
-- row: signing_key
SELECT id, kid, alg, state, sealed, created_ms, expires_ms, trail_began_ms
FROM (SELECT * FROM signing_keys ORDER BY id DESC LIMIT $1) AS newest ORDER BY id;

-- name: signing_key_retire
UPDATE signing_keys SET state = 'retired', expires_ms = $2 WHERE alg = $1 AND state = 'active';

-- name: signing_key_activate
UPDATE signing_keys SET state = 'active' WHERE alg = $1 AND state = 'next';

-- name: signing_key_reseal
UPDATE signing_keys SET sealed = $2, trail_began_ms = $3 WHERE id = $1;

-- name: signing_key_redate
UPDATE signing_keys SET created_ms = $2 WHERE alg = $1 AND state <> 'retired' AND created_ms > $3;

-- name: signing_key_delete
DELETE FROM signing_keys WHERE kid = $1;

-- name: signing_key_purge
DELETE FROM signing_keys WHERE state = 'retired' AND expires_ms <= $1;
