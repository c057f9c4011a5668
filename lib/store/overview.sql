-- What operators look through. Newest first, before $1.

-- name: overview_grants
SELECT f.id, f.kind, f.client_id, c.name, f.user_id, u.username, f.scope, f.ip, f.user_agent,
	f.created_ms, f.used_ms, f.disabled_ms,
	COALESCE(f.revoked_ms,
		CASE WHEN u.tokens_revoked_ms > f.epoch_ms THEN u.tokens_revoked_ms END,
		(SELECT revoked_ms FROM revocations r WHERE r.user_id = f.user_id
			AND r.client_id = f.client_id AND r.revoked_ms > f.epoch_ms),
		CASE WHEN c.epoch_ms > f.client_epoch_ms THEN c.epoch_ms END)
FROM families f JOIN clients c ON c.id = f.client_id LEFT JOIN users u ON u.id = f.user_id
WHERE f.id < $1 ORDER BY f.id DESC LIMIT $2;

-- name: overview_grants_of_user
SELECT f.id, f.kind, f.client_id, c.name, f.user_id, u.username, f.scope, f.ip, f.user_agent,
	f.created_ms, f.used_ms, f.disabled_ms,
	COALESCE(f.revoked_ms,
		CASE WHEN u.tokens_revoked_ms > f.epoch_ms THEN u.tokens_revoked_ms END,
		(SELECT revoked_ms FROM revocations r WHERE r.user_id = f.user_id
			AND r.client_id = f.client_id AND r.revoked_ms > f.epoch_ms),
		CASE WHEN c.epoch_ms > f.client_epoch_ms THEN c.epoch_ms END)
FROM families f JOIN clients c ON c.id = f.client_id LEFT JOIN users u ON u.id = f.user_id
WHERE f.id < $1 AND f.user_id = $3 ORDER BY f.id DESC LIMIT $2;

-- name: overview_grants_of_client
SELECT f.id, f.kind, f.client_id, c.name, f.user_id, u.username, f.scope, f.ip, f.user_agent,
	f.created_ms, f.used_ms, f.disabled_ms,
	COALESCE(f.revoked_ms,
		CASE WHEN u.tokens_revoked_ms > f.epoch_ms THEN u.tokens_revoked_ms END,
		(SELECT revoked_ms FROM revocations r WHERE r.user_id = f.user_id
			AND r.client_id = f.client_id AND r.revoked_ms > f.epoch_ms),
		CASE WHEN c.epoch_ms > f.client_epoch_ms THEN c.epoch_ms END)
FROM families f JOIN clients c ON c.id = f.client_id LEFT JOIN users u ON u.id = f.user_id
WHERE f.id < $1 AND f.client_id = $3 ORDER BY f.id DESC LIMIT $2;

-- name: overview_tokens
SELECT t.id, t.family_id, f.client_id, f.user_id, u.username, t.scope, t.issued_ms, t.expires_ms,
	t.revoked_ms
FROM access_tokens t JOIN families f ON f.id = t.family_id LEFT JOIN users u ON u.id = f.user_id
WHERE t.id < $1 ORDER BY t.id DESC LIMIT $2;

-- name: overview_tokens_of_family
SELECT t.id, t.family_id, f.client_id, f.user_id, u.username, t.scope, t.issued_ms, t.expires_ms,
	t.revoked_ms
FROM access_tokens t JOIN families f ON f.id = t.family_id LEFT JOIN users u ON u.id = f.user_id
WHERE t.id < $1 AND t.family_id = $3 ORDER BY t.id DESC LIMIT $2;

-- name: overview_tokens_of_user
SELECT t.id, t.family_id, f.client_id, f.user_id, u.username, t.scope, t.issued_ms, t.expires_ms,
	t.revoked_ms
FROM access_tokens t JOIN families f ON f.id = t.family_id LEFT JOIN users u ON u.id = f.user_id
WHERE t.id < $1 AND f.user_id = $3 ORDER BY t.id DESC LIMIT $2;

-- name: overview_tokens_of_client
SELECT t.id, t.family_id, f.client_id, f.user_id, u.username, t.scope, t.issued_ms, t.expires_ms,
	t.revoked_ms
FROM access_tokens t JOIN families f ON f.id = t.family_id LEFT JOIN users u ON u.id = f.user_id
WHERE t.id < $1 AND f.client_id = $3 ORDER BY t.id DESC LIMIT $2;

-- name: overview_sessions
SELECT s.id, s.user_id, u.username, s.ip, s.user_agent, s.created_ms, s.seen_ms, s.expires_ms
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id < $1 ORDER BY s.id DESC LIMIT $2;

-- name: overview_sessions_of_user
SELECT s.id, s.user_id, u.username, s.ip, s.user_agent, s.created_ms, s.seen_ms, s.expires_ms
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id < $1 AND s.user_id = $3 ORDER BY s.id DESC LIMIT $2;

-- The codes themselves are nobody's to see but their device's and its user's.
-- name: overview_devices
SELECT d.id, d.client_id, c.name, u.username, d.scope,
	CASE WHEN c.epoch_ms > d.client_epoch_ms THEN 'denied' ELSE d.state END, d.ip, d.user_agent, d.created_ms,
	d.expires_ms
FROM device_codes d JOIN clients c ON c.id = d.client_id LEFT JOIN users u ON u.id = d.user_id
WHERE d.id < $1 ORDER BY d.id DESC LIMIT $2;

-- What operators end, whoever owns it.

-- name: overview_deny_device
UPDATE device_codes SET state = 'denied'
WHERE id = $1 AND state IN ('pending', 'approved') AND expires_ms > $2;
