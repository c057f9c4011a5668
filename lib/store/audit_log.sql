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

-- Newest first, before $1 and not before $2; a filter that is NULL lets everything through.
-- name: audit_log_find
SELECT id, event, actor, target, detail, request_id, ip, user_agent, at_ms
FROM audit_log
WHERE id < $1 AND id >= $2 AND event = COALESCE($3, event) AND actor = COALESCE($4, actor)
	AND target = COALESCE($5, target)
ORDER BY id DESC LIMIT $6;

-- name: audit_log_stats
SELECT event, count(*) FROM audit_log WHERE id >= $1 GROUP BY event ORDER BY event LIMIT $2;
