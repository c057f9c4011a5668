-- name: authorize_request_insert
INSERT INTO authorize_requests (id, browser, client_id, params, login_after_ms, created_ms, expires_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7);

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

-- name: authorize_request_purge
DELETE FROM authorize_requests
 WHERE id IN (SELECT id FROM authorize_requests WHERE expires_ms < $1 ORDER BY expires_ms LIMIT $2);
