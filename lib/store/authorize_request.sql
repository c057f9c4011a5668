-- name: authorize_request_insert
INSERT INTO authorize_requests (id, browser, client_id, params, login_after_ms, created_ms, expires_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: authorize_request_by_id
-- row: authorize_request
SELECT id, browser, client_id, params, login_after_ms, created_ms, expires_ms
  FROM authorize_requests WHERE id = $1;

-- name: authorize_request_take
DELETE FROM authorize_requests WHERE id = $1;

-- name: authorize_request_purge
DELETE FROM authorize_requests
 WHERE id IN (SELECT id FROM authorize_requests WHERE expires_ms < $1 ORDER BY expires_ms LIMIT $2);
