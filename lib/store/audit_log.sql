-- name: audit_log_insert
INSERT INTO audit_log (chain, seq, id, event, actor, target, detail, request_id, ip, user_agent, at_ms, hash)
VALUES (...);

-- Newest first, before $1 and not before $2; a filter that is NULL lets everything through.  No index
-- knows actors and targets: audit_log_window bounds how much is looked at.
-- name: audit_log_find
-- row: audit_log
SELECT chain, seq, id, event, actor, target, detail, request_id, ip, user_agent, at_ms, hash
FROM audit_log
WHERE id < $1 AND id >= $2 AND actor = COALESCE($3, actor) AND target = COALESCE($4, target)
	AND event = COALESCE($6, event)
ORDER BY id DESC LIMIT $5;

-- The events that do not happen all day have an index: the words here are those of its WHERE.
-- name: audit_log_find_rare
-- row: audit_log
SELECT ... FROM audit_log
WHERE id < $1 AND id >= $2 AND actor = COALESCE($3, actor) AND target = COALESCE($4, target)
	AND event = $6
	AND event <> 'ACCESS_TOKEN_ISSUED'
	AND event <> 'TOKEN_REFRESHED'
	AND event <> 'CLIENT_CREDENTIALS_TOKEN_ISSUED'
	AND event <> 'DEVICE_CODE_GENERATED'
	AND event <> 'AUTHORIZATION_CODE_GENERATED'
ORDER BY id DESC LIMIT $5;

-- The row that comes $3 rows later in such a list.
-- name: audit_log_window
-- row: audit_log_window
SELECT id FROM audit_log WHERE id < $1 AND id >= $2 ORDER BY id DESC LIMIT 1 OFFSET $3;

-- name: audit_log_window_rare
-- row: audit_log_window
SELECT ... FROM audit_log
WHERE id < $1 AND id >= $2 AND event = $4
	AND event <> 'ACCESS_TOKEN_ISSUED'
	AND event <> 'TOKEN_REFRESHED'
	AND event <> 'CLIENT_CREDENTIALS_TOKEN_ISSUED'
	AND event <> 'DEVICE_CODE_GENERATED'
	AND event <> 'AUTHORIZATION_CODE_GENERATED'
ORDER BY id DESC LIMIT 1 OFFSET $3;

-- name: audit_log_stats
-- row: audit_log_stats
SELECT event, count(*) AS times FROM audit_log WHERE id >= $1 GROUP BY event ORDER BY event LIMIT $2;

-- A chain in its order, behind $2.
-- name: audit_log_chain
-- row: audit_log
SELECT ... FROM audit_log WHERE chain = $1 AND seq > $2 ORDER BY seq LIMIT $3;

-- How far each chain is among the $2 oldest rows before $1.
-- name: audit_log_expired
-- row: audit_log_expired
SELECT chain, max(seq) AS seq FROM (SELECT chain, seq FROM audit_log WHERE id < $1 ORDER BY id LIMIT $2) AS oldest
GROUP BY chain ORDER BY chain;

-- name: audit_log_purge
DELETE FROM audit_log WHERE chain = $1 AND seq <= $2;
