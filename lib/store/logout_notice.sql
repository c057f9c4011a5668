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

-- Is there anything to do at all? Asked every second.
-- name: logout_notice_is_due
SELECT 1 FROM logout_notices WHERE due_ms <= $1 LIMIT 1;

-- From client to client along the index, so that it costs the same however many notices of one
-- client wait. Operators' clients first: what strangers cause must not hide them.
-- name: logout_notice_due_clients
-- row: logout_due_client
WITH RECURSIVE waiting(client_id) AS (
	SELECT client_id FROM (SELECT client_id FROM logout_notices ORDER BY client_id LIMIT 1) first
	UNION ALL
	SELECT (SELECT n.client_id FROM logout_notices n WHERE n.client_id > waiting.client_id
		ORDER BY n.client_id LIMIT 1)
	FROM waiting WHERE waiting.client_id IS NOT NULL),
due AS (
	SELECT waiting.client_id, (SELECT n.due_ms FROM logout_notices n WHERE n.client_id = waiting.client_id
		ORDER BY n.due_ms LIMIT 1) AS due_ms
	FROM waiting WHERE waiting.client_id IS NOT NULL)
SELECT due.client_id,
	CASE WHEN c.registration_digest IS NULL AND c.status <> 'deleted' THEN 0 ELSE 1 END AS is_stranger
FROM due JOIN clients c ON c.id = due.client_id
WHERE due.due_ms <= $1 ORDER BY is_stranger, due.due_ms LIMIT $2;

-- Those that were tried least come first, so that one that never works holds up no other.
-- name: logout_notice_due_of_client
-- row: logout_notice
SELECT n.id, n.client_id, n.user_id, n.session_id, n.attempts, n.due_ms,
	c.backchannel_logout_uri, c.id_token_alg
FROM logout_notices n JOIN clients c ON c.id = n.client_id
WHERE n.client_id = $1 AND n.due_ms <= $2 ORDER BY n.attempts, n.due_ms LIMIT $3;

-- name: logout_notice_postpone
UPDATE logout_notices SET attempts = attempts + 1, due_ms = $2 WHERE id = $1;

-- name: logout_notice_delete
DELETE FROM logout_notices WHERE id = $1;

-- name: logout_notice_postpone_client
UPDATE logout_notices SET due_ms = $3 WHERE client_id = $1 AND due_ms <= $2 AND attempts <= $4;

-- name: logout_notice_expire_client
DELETE FROM logout_notices WHERE client_id = $1 AND created_ms < $2;
