-- The notice takes the id of the newest family of that client and session: time-ordered, and the
-- same however often it is made.
-- name: logout_notice_make
INSERT INTO logout_notices (id, client_id, user_id, session_id, due_ms, created_ms)
SELECT f.id, f.client_id, f.user_id, f.session_id, $2, $2
FROM families f JOIN clients c ON c.id = f.client_id
WHERE f.session_id = $1 AND f.user_id IS NOT NULL AND c.backchannel_logout_uri <> ''
	AND NOT EXISTS (SELECT 1 FROM families later
		WHERE later.session_id = f.session_id AND later.client_id = f.client_id
			AND later.id > f.id)
ON CONFLICT (id) DO NOTHING;

-- name: logout_notice_make_others
INSERT INTO logout_notices (id, client_id, user_id, session_id, due_ms, created_ms)
SELECT f.id, f.client_id, f.user_id, f.session_id, $3, $3
FROM sessions s JOIN families f ON f.session_id = s.id JOIN clients c ON c.id = f.client_id
WHERE s.user_id = $1 AND s.id <> $2 AND c.backchannel_logout_uri <> ''
	AND NOT EXISTS (SELECT 1 FROM families later
		WHERE later.session_id = f.session_id AND later.client_id = f.client_id
			AND later.id > f.id)
ON CONFLICT (id) DO NOTHING;

-- name: logout_notice_due
-- row: logout_notice
SELECT n.id, n.client_id, n.user_id, n.session_id, n.attempts, n.due_ms,
	c.backchannel_logout_uri, c.id_token_alg
FROM logout_notices n JOIN clients c ON c.id = n.client_id
WHERE n.due_ms <= $1 ORDER BY n.due_ms LIMIT 1;

-- name: logout_notice_postpone
UPDATE logout_notices SET attempts = attempts + 1, due_ms = $2 WHERE id = $1;

-- name: logout_notice_delete
DELETE FROM logout_notices WHERE id = $1;
