-- How much there is, counted in slices: the rows after $1, at most $2 of them, and of those what
-- lives at $3.  One row: how many were looked at, the last one's id, and up to two counts.

-- name: census_device_codes
-- row: census
WITH slice AS (SELECT id, state, expires_ms FROM device_codes WHERE id > $1 ORDER BY id LIMIT $2)
SELECT count(*) AS looked_at, (SELECT id FROM slice ORDER BY id DESC LIMIT 1) AS last,
	count(CASE WHEN expires_ms > $3 AND state IN ('pending', 'approved') THEN 1 END) AS living,
	count(CASE WHEN expires_ms > $3 AND state = 'pending' THEN 1 END) AS waiting
FROM slice;

-- name: census_access_tokens
-- row: census
WITH slice AS (
	SELECT id, family_id, expires_ms, revoked_ms FROM access_tokens
	WHERE id > $1 ORDER BY id LIMIT $2)
SELECT count(*) AS looked_at, (SELECT id FROM slice ORDER BY id DESC LIMIT 1) AS last,
	count(CASE WHEN expires_ms > $3 AND revoked_ms IS NULL
		AND EXISTS (SELECT 1 FROM family_states f
			WHERE f.id = slice.family_id AND f.ended_ms IS NULL)
		THEN 1 END) AS living, 0 AS waiting
FROM slice;

-- name: census_refresh_tokens
-- row: census
WITH slice AS (
	SELECT id, family_id, expires_ms, used_ms, revoked_ms FROM refresh_tokens
	WHERE id > $1 ORDER BY id LIMIT $2)
SELECT count(*) AS looked_at, (SELECT id FROM slice ORDER BY id DESC LIMIT 1) AS last,
	count(CASE WHEN expires_ms > $3 AND used_ms IS NULL AND revoked_ms IS NULL
		AND EXISTS (SELECT 1 FROM living_families l WHERE l.id = slice.family_id)
		THEN 1 END) AS living, 0 AS waiting
FROM slice;

-- Idle ones are dead too: $4 is the oldest use that still counts.
-- name: census_sessions
-- row: census
WITH slice AS (
	SELECT id, seen_ms, expires_ms FROM sessions WHERE id > $1 ORDER BY id LIMIT $2)
SELECT count(*) AS looked_at, (SELECT id FROM slice ORDER BY id DESC LIMIT 1) AS last,
	count(CASE WHEN expires_ms > $3 AND seen_ms > $4 THEN 1 END) AS living, 0 AS waiting
FROM slice;
