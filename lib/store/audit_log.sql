-- name: audit_log_insert
INSERT INTO audit_log (id, event, actor, target, detail, request_id, ip, user_agent, at_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);
