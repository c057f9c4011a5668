-- name: session_by_id
-- row: session
SELECT id, digest, user_id, review_id, ip, user_agent, created_ms, seen_ms, expires_ms,
	auth_ms, amr, previous_ms
FROM sessions WHERE id = $1;

-- name: session_insert
INSERT INTO sessions (id, digest, user_id, review_id, ip, user_agent, created_ms, seen_ms,
	expires_ms, auth_ms, amr, previous_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
	(SELECT signed_in_ms FROM users WHERE id = $3));

-- name: session_touch
UPDATE sessions SET seen_ms = $2, expires_ms = $3 WHERE id = $1;

-- Changes nothing and holds the row until COMMIT, if it still is of that sign-in.
-- name: session_hold
UPDATE sessions SET seen_ms = seen_ms WHERE id = $1 AND created_ms = $2;

-- name: session_hold_others_of_user
UPDATE sessions SET seen_ms = seen_ms WHERE user_id = $1 AND id <> $2;

-- name: session_set_review
UPDATE sessions SET review_id = $2 WHERE id = $1;

-- Changes nothing and holds the row until COMMIT, if it shows this request.
-- name: session_hold_review
UPDATE sessions SET review_id = review_id WHERE id = $1 AND review_id = $2;

-- name: session_delete_of_user
DELETE FROM sessions WHERE user_id = $1;

-- name: session_purge
DELETE FROM sessions WHERE id IN (
	SELECT id FROM sessions WHERE expires_ms <= $1 ORDER BY expires_ms LIMIT $2);

-- Newest first, before $2. Idle ones are dead too: $4 is the oldest use that still counts.
-- name: session_list_of_user
-- row: session
SELECT ... FROM sessions WHERE user_id = $1 AND id < $2 AND expires_ms > $3 AND seen_ms > $4
ORDER BY id DESC LIMIT $5;

-- name: session_delete_one_of_user
DELETE FROM sessions WHERE id = $1 AND user_id = $2;

-- name: session_delete_others_of_user
DELETE FROM sessions WHERE user_id = $1 AND id <> $2;

-- name: session_renew
UPDATE sessions SET digest = $3, created_ms = $4, seen_ms = $4, expires_ms = $5, auth_ms = NULL,
	amr = $6, review_id = NULL
WHERE id = $1 AND user_id = $2;
