-- name: device_code_insert
INSERT INTO device_codes (id, digest, user_code, client_id, scope, state, user_id, auth_ms,
	interval_s, ip, user_agent, created_ms, expires_ms, client_epoch_ms, resource, network,
	region, typed_back)
VALUES (...);

-- name: device_code_by_id
-- row: device_code
SELECT id, digest, user_code, client_id, scope, state, user_id, auth_ms, interval_s, ip,
	user_agent, created_ms, expires_ms, client_epoch_ms, resource, network, typed_back, digits, digit_tries,
	amr
FROM device_codes WHERE id = $1;

-- name: device_code_by_user_code
-- row: device_code
SELECT ... FROM device_codes WHERE user_code = $1;

-- name: device_code_approve
UPDATE device_codes SET state = 'approved', user_id = $2, auth_ms = $3, amr = $5
WHERE id = $1 AND state = 'pending' AND expires_ms > $4;

-- name: device_code_deny
UPDATE device_codes SET state = 'denied', user_id = $2
WHERE id = $1 AND state = 'pending' AND expires_ms > $3;

-- name: device_code_redeem
UPDATE device_codes SET state = 'redeemed'
WHERE id = $1 AND state = 'approved' AND expires_ms > $2
	AND EXISTS (SELECT 1 FROM clients
		WHERE clients.id = device_codes.client_id AND clients.status = 'active')
	AND EXISTS (SELECT 1 FROM users
		WHERE users.id = device_codes.user_id AND users.disabled_ms IS NULL);

-- Of one that was approved in this very change.
-- name: device_code_set_digits
UPDATE device_codes SET digits = $2 WHERE id = $1 AND state = 'approved';

-- Before the digits are compared, so that of tries at the same moment no more are heard.
-- name: device_code_try_digits
UPDATE device_codes SET digit_tries = digit_tries + 1
WHERE id = $1 AND state = 'approved' AND digit_tries < $2;

-- name: device_code_give_up
UPDATE device_codes SET state = 'denied' WHERE id = $1 AND state = 'approved' AND digit_tries >= $2;

-- name: device_code_slow_down
UPDATE device_codes SET interval_s = interval_s + $2 WHERE id = $1;

-- Of one client and one network; $4 is as far as it counts.
-- name: device_code_count_of
SELECT count(*) FROM (SELECT 1 AS one FROM device_codes
	WHERE client_id = $1 AND network = $2 AND state = 'pending' AND expires_ms > $3 LIMIT $4) AS open;

-- Those that may be guessed, and a few that were decided on; $2 is as far as it counts.
-- name: device_code_count_open
SELECT count(*) FROM (SELECT 1 AS one FROM device_codes WHERE expires_ms > $1 LIMIT $2) AS open;

-- The last of those regions, and in them of those networks, that have most.
-- name: device_code_trim
DELETE FROM device_codes WHERE id IN (
	SELECT id FROM (
		SELECT id, row_number() OVER (PARTITION BY region ORDER BY place, id DESC) AS place
		FROM (
			SELECT id, region,
				row_number() OVER (PARTITION BY region, network ORDER BY id DESC) AS place
			FROM device_codes WHERE state = 'pending' AND expires_ms > $1) AS in_network
		) AS in_region
	ORDER BY place DESC, id LIMIT $2);

-- name: device_code_purge
DELETE FROM device_codes WHERE id IN (
	SELECT id FROM device_codes WHERE expires_ms < $1 ORDER BY expires_ms LIMIT $2);
