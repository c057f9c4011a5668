-- name: audit_log_insert
INSERT INTO audit_log (id, event, actor, target, detail, request_id, ip, user_agent, at_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- Ids are ordered by time: no index but the key is needed.
-- name: audit_log_purge
DELETE FROM audit_log WHERE id IN (
	SELECT id FROM audit_log WHERE id < $1 ORDER BY id LIMIT $2);

-- name: audit_log_list
SELECT id, event, actor, target, detail, request_id, ip, user_agent, at_ms
FROM audit_log WHERE id < $1 ORDER BY id DESC LIMIT $2;
