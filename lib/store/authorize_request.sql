-- name: authorize_request_insert
INSERT INTO authorize_requests (id, browser, client_id, params, login_after_ms, created_ms, expires_ms,
	network, region)
VALUES (...);

-- name: authorize_request_by_id
-- row: authorize_request
SELECT id, browser, client_id, params, login_after_ms, created_ms, expires_ms, decision, session_id,
       code_id
  FROM authorize_requests WHERE id = $1;

-- name: authorize_request_decide
UPDATE authorize_requests SET decision = $2, session_id = $3, code_id = $4
 WHERE id = $1 AND decision = '';

-- Changes nothing and holds the row until COMMIT, if it is still there.
-- name: authorize_request_hold
UPDATE authorize_requests SET decision = decision WHERE id = $1;

-- name: authorize_request_set_code
UPDATE authorize_requests SET code_id = $2 WHERE id = $1;

-- $1 is as far as it counts.
-- name: authorize_request_count
SELECT count(*) FROM (SELECT 1 AS one FROM authorize_requests LIMIT $1) AS waiting;

-- The last of those regions, and in them of those networks, that have most.
-- name: authorize_request_trim
DELETE FROM authorize_requests WHERE id IN (
	SELECT id FROM (
		SELECT id, row_number() OVER (PARTITION BY region ORDER BY place, id DESC) AS place
		FROM (
			SELECT id, region,
				row_number() OVER (PARTITION BY region, network ORDER BY id DESC) AS place
			FROM authorize_requests) AS in_network
		) AS in_region
	ORDER BY place DESC, id LIMIT $1);

-- name: authorize_request_purge
DELETE FROM authorize_requests
 WHERE id IN (SELECT id FROM authorize_requests WHERE expires_ms < $1 ORDER BY expires_ms LIMIT $2);
