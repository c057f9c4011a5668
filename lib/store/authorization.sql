-- The next client behind $2 that the user let in and that may still be in.
-- name: authorization_next_client
-- row: next_client
SELECT client_id FROM (
	SELECT client_id FROM (SELECT client_id FROM families
		WHERE user_id = $1 AND client_id > $2 AND revoked_ms IS NULL
		ORDER BY client_id LIMIT 1) AS f
	UNION ALL
	SELECT client_id FROM (SELECT client_id FROM consents
		WHERE user_id = $1 AND client_id > $2 ORDER BY client_id LIMIT 1) AS c) AS either
ORDER BY client_id LIMIT 1;

-- name: authorization_client
-- row: authorization
SELECT c.id, c.name, s.scope, s.granted_ms
FROM clients c LEFT JOIN consents s ON s.client_id = c.id AND s.user_id = $1
	AND s.client_epoch_ms >= c.epoch_ms
WHERE c.id = $2;

-- The two below are the rule of the view living_families in words that the index families_together
-- understands (migrations/0012), so that it passes over what was revoked together, however much it
-- is; the second runs on the writer.  Subqueries, because those are constants to PostgreSQL, which
-- then needs no sort; in the order of the index, because it would rather look through the whole
-- table for one row of many.

-- Newest first; by epochs, because the index has them in that order.
-- name: authorization_families
-- row: authorization_family
SELECT f.scope, f.created_ms, f.used_ms
FROM families f
WHERE f.user_id = $1 AND f.client_id = $2 AND f.revoked_ms IS NULL
	AND f.client_epoch_ms = (SELECT epoch_ms FROM clients WHERE id = $2)
	AND f.epoch_ms >= (
		SELECT CASE WHEN r.revoked_ms > u.tokens_revoked_ms THEN r.revoked_ms
			ELSE u.tokens_revoked_ms END
		FROM users u LEFT JOIN revocations r ON r.user_id = u.id AND r.client_id = $2
		WHERE u.id = $1)
	AND ($3 < (SELECT expires_ms FROM access_tokens WHERE family_id = f.id
			ORDER BY id DESC LIMIT 1)
		OR $3 < (SELECT expires_ms FROM refresh_tokens WHERE family_id = f.id
			ORDER BY id DESC LIMIT 1))
ORDER BY f.epoch_ms DESC, f.id DESC LIMIT $4;

-- name: authorization_is_living
SELECT count(*) FROM (SELECT 1 AS one
	FROM families f
	WHERE f.user_id = $1 AND f.client_id = $2 AND f.revoked_ms IS NULL
		AND f.client_epoch_ms = (SELECT epoch_ms FROM clients WHERE id = $2)
		AND f.epoch_ms >= (
			SELECT CASE WHEN r.revoked_ms > u.tokens_revoked_ms THEN r.revoked_ms
				ELSE u.tokens_revoked_ms END
			FROM users u
				LEFT JOIN revocations r ON r.user_id = u.id AND r.client_id = $2
			WHERE u.id = $1)
	ORDER BY f.epoch_ms DESC, f.id DESC LIMIT 1) AS living;
