-- What operators look through. Newest first, before $1.

-- What ended before $3 is passed over, and so are tokens that have expired at $4: for all of them,
-- both are in the distant past.

-- How far a look goes at once, and how many rows that are; from $1 down.
-- name: overview_grants_reach
-- row: search_reach
SELECT ... FROM (SELECT id FROM families WHERE id <= $1 ORDER BY id DESC LIMIT $2) AS seen
ORDER BY id LIMIT 1;

-- name: overview_grants_reach_of_user
-- row: search_reach
SELECT ... FROM (SELECT id FROM families WHERE id <= $1 AND user_id = $3
	ORDER BY id DESC LIMIT $2) AS seen
ORDER BY id LIMIT 1;

-- name: overview_grants_reach_of_client
-- row: search_reach
SELECT ... FROM (SELECT id FROM families WHERE id <= $1 AND client_id = $3
	ORDER BY id DESC LIMIT $2) AS seen
ORDER BY id LIMIT 1;

-- name: overview_tokens_reach
-- row: search_reach
SELECT ... FROM (SELECT id FROM access_tokens WHERE id <= $1 ORDER BY id DESC LIMIT $2) AS seen
ORDER BY id LIMIT 1;

-- name: overview_grants
-- row: overview_grant
SELECT id, kind, client_id, client_name, user_id, username, scope, ip, user_agent, created_ms,
	used_ms, disabled_ms, revoked_ms
FROM grants_overview
WHERE id < $1 AND id >= $4 AND COALESCE(revoked_ms, disabled_ms, $3) >= $3
ORDER BY id DESC LIMIT $2;

-- name: overview_grants_of_user
-- row: overview_grant
SELECT ... FROM grants_overview
WHERE id < $1 AND id >= $4 AND COALESCE(revoked_ms, disabled_ms, $3) >= $3 AND user_id = $5
ORDER BY id DESC LIMIT $2;

-- name: overview_grants_of_client
-- row: overview_grant
SELECT ... FROM grants_overview
WHERE id < $1 AND id >= $4 AND COALESCE(revoked_ms, disabled_ms, $3) >= $3 AND client_id = $5
ORDER BY id DESC LIMIT $2;

-- name: overview_grants_of_both
-- row: overview_grant
SELECT ... FROM grants_overview
WHERE id < $1 AND id >= $4 AND COALESCE(revoked_ms, disabled_ms, $3) >= $3 AND user_id = $5 AND client_id = $6
ORDER BY id DESC LIMIT $2;

-- name: overview_tokens
-- row: overview_token
SELECT id, family_id, client_id, client_name, user_id, username, scope, issued_ms, expires_ms,
	disabled_ms, revoked_ms
FROM tokens_overview
WHERE id < $1 AND id >= $4 AND COALESCE(revoked_ms, disabled_ms, $3) >= $3 AND expires_ms > $5
ORDER BY id DESC LIMIT $2;

-- name: overview_tokens_of_family
-- row: overview_token
SELECT ... FROM tokens_overview
WHERE id < $1 AND id >= $4 AND COALESCE(revoked_ms, disabled_ms, $3) >= $3 AND expires_ms > $5
	AND family_id = $6
ORDER BY id DESC LIMIT $2;

-- Those of a user or a client are found grant by grant, from $6 down to $4, and of $6 itself those
-- before $1: no index has them in the order of their own ids.

-- name: overview_tokens_of_user
-- row: overview_token
SELECT t.id, t.family_id, g.client_id, g.client_name, g.user_id, g.username, t.scope, t.issued_ms, t.expires_ms,
	g.stopped_ms AS disabled_ms, COALESCE(t.revoked_ms, g.ended_ms) AS revoked_ms
FROM family_states g JOIN access_tokens t ON t.family_id = g.id
WHERE g.id <= $6 AND g.id >= $4 AND (g.id < $6 OR t.id < $1)
	AND COALESCE(t.revoked_ms, g.ended_ms, g.stopped_ms, $3) >= $3 AND t.expires_ms > $5
	AND g.user_id = $7
ORDER BY g.id DESC, t.id DESC LIMIT $2;

-- name: overview_tokens_of_client
-- row: overview_token
SELECT t.id, t.family_id, g.client_id, g.client_name, g.user_id, g.username, t.scope, t.issued_ms, t.expires_ms,
	g.stopped_ms AS disabled_ms, COALESCE(t.revoked_ms, g.ended_ms) AS revoked_ms
FROM family_states g JOIN access_tokens t ON t.family_id = g.id
WHERE g.id <= $6 AND g.id >= $4 AND (g.id < $6 OR t.id < $1)
	AND COALESCE(t.revoked_ms, g.ended_ms, g.stopped_ms, $3) >= $3 AND t.expires_ms > $5
	AND g.client_id = $7
ORDER BY g.id DESC, t.id DESC LIMIT $2;

-- name: overview_tokens_of_both
-- row: overview_token
SELECT t.id, t.family_id, g.client_id, g.client_name, g.user_id, g.username, t.scope, t.issued_ms, t.expires_ms,
	g.stopped_ms AS disabled_ms, COALESCE(t.revoked_ms, g.ended_ms) AS revoked_ms
FROM family_states g JOIN access_tokens t ON t.family_id = g.id
WHERE g.id <= $6 AND g.id >= $4 AND (g.id < $6 OR t.id < $1)
	AND COALESCE(t.revoked_ms, g.ended_ms, g.stopped_ms, $3) >= $3 AND t.expires_ms > $5
	AND g.user_id = $7 AND g.client_id = $8
ORDER BY g.id DESC, t.id DESC LIMIT $2;

-- name: overview_sessions
-- row: overview_session
SELECT s.id, s.user_id, u.username, s.ip, s.user_agent, s.created_ms, s.seen_ms, s.expires_ms
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id < $1 ORDER BY s.id DESC LIMIT $2;

-- name: overview_sessions_of_user
-- row: overview_session
SELECT ... FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id < $1 AND s.user_id = $3 ORDER BY s.id DESC LIMIT $2;

-- The codes themselves are nobody's to see but their device's and its user's.
-- name: overview_devices
-- row: overview_device
SELECT d.id, d.client_id, c.name AS client_name, u.username, d.scope,
	CASE WHEN c.epoch_ms > d.client_epoch_ms THEN 'denied' ELSE d.state END AS state, d.ip,
	d.user_agent, d.created_ms, d.expires_ms,
	substr(d.user_code, 1, 4) AS user_code
FROM device_codes d JOIN clients c ON c.id = d.client_id LEFT JOIN users u ON u.id = d.user_id
WHERE d.id < $1 ORDER BY d.id DESC LIMIT $2;

-- Who remembers to have let a client in.
-- name: overview_consents_reach
-- row: search_reach
SELECT ... FROM (SELECT user_id AS id FROM consents WHERE client_id = $1 AND user_id > $2
	ORDER BY user_id LIMIT $3) AS seen
ORDER BY id DESC LIMIT 1;

-- name: overview_consents_of_client
-- row: overview_consent
SELECT s.user_id, u.username, s.scope, s.granted_ms
FROM consents s JOIN users u ON u.id = s.user_id JOIN clients c ON c.id = s.client_id
WHERE s.client_id = $1 AND s.user_id > $2 AND s.user_id <= $4 AND s.client_epoch_ms >= c.epoch_ms
ORDER BY s.user_id LIMIT $3;

-- What operators end, whoever owns it.

-- name: overview_deny_device
UPDATE device_codes SET state = 'denied'
WHERE id = $1 AND state IN ('pending', 'approved') AND expires_ms > $2;

-- A client's own grant is stopped with the client.
-- name: overview_set_grant_disabled
UPDATE families SET disabled_ms = $2
WHERE id = $1 AND kind <> 'client' AND revoked_ms IS NULL
	AND (disabled_ms IS NULL) = (CAST($2 AS BIGINT) IS NOT NULL);
