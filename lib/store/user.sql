-- name: user_by_name
-- row: user
SELECT id, username, email, full_name, role, password_hash, disabled_ms, created_ms, updated_ms,
	email_verified, tokens_revoked_ms
FROM users WHERE username = $1;

-- name: user_by_email
-- row: user
SELECT ... FROM users WHERE email = $1;

-- name: user_by_id
-- row: user
SELECT ... FROM users WHERE id = $1;

-- name: user_insert
INSERT INTO users (id, username, email, full_name, role, password_hash, disabled_ms, created_ms,
	updated_ms, email_verified)
VALUES (...);

-- name: user_count
SELECT count(*) FROM (SELECT 1 AS one FROM users LIMIT $1) AS counted;

-- name: user_change_password_hash
UPDATE users SET password_hash = $3, updated_ms = $4 WHERE id = $1 AND password_hash = $2;

-- A statement that writes, so that it holds what it checks until COMMIT.
-- name: user_check_password_hash
UPDATE users SET password_hash = $2
WHERE id = $1 AND password_hash = $2 AND disabled_ms IS NULL;

-- name: user_set_password_hash
UPDATE users SET password_hash = $2,
	updated_ms = CASE WHEN updated_ms < $3 THEN $3 ELSE updated_ms + 1 END
WHERE id = $1;

-- Of a kind that does not begin with these three characters. Once, at the start.
-- name: user_has_other_hash
SELECT 1 FROM users WHERE password_hash <> '' AND substr(password_hash, 1, 3) <> $1 LIMIT 1;

-- name: user_signed_in
UPDATE users SET signed_in_ms = $2 WHERE id = $1;

-- name: user_set_disabled
UPDATE users SET disabled_ms = $2,
	updated_ms = CASE WHEN updated_ms < $3 THEN $3 ELSE updated_ms + 1 END
WHERE id = $1;

-- Only of the row that was read: $2 is its updated_ms.
-- name: user_update
UPDATE users SET email = $3, full_name = $4, updated_ms = $5, email_verified = $6
WHERE id = $1 AND updated_ms = $2;

-- name: user_set_role
UPDATE users SET role = $2,
	updated_ms = CASE WHEN updated_ms < $3 THEN $3 ELSE updated_ms + 1 END
WHERE id = $1;

-- Changes nothing and holds the row until COMMIT, if it still is the one that was read.
-- name: user_hold
UPDATE users SET updated_ms = updated_ms WHERE id = $1 AND updated_ms = $2;

-- name: user_delete
DELETE FROM users WHERE id = $1;

-- Changes nothing and holds every active admin: of two changes that may each leave none, the second
-- waits here, and counts what the first has left.
-- name: user_hold_admins
UPDATE users SET updated_ms = updated_ms WHERE role = 'admin' AND disabled_ms IS NULL;

-- name: user_count_active_admins
SELECT count(*) FROM (SELECT 1 AS one FROM users WHERE role = 'admin' AND disabled_ms IS NULL LIMIT $1) AS counted;

-- name: user_list
-- row: user
SELECT ... FROM users WHERE id > $1 ORDER BY id LIMIT $2;

-- name: user_list_of_role
-- row: user
SELECT id, username, email, full_name, role, password_hash, disabled_ms, created_ms, updated_ms,
	email_verified, tokens_revoked_ms
FROM users WHERE id > $1 AND role = $3 ORDER BY id LIMIT $2;

-- The search of clients (client.sql), and for these columns.  Usernames and addresses are lowercase.
-- name: user_reach
-- row: search_reach
SELECT ... FROM (SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT $2) AS seen
ORDER BY id DESC LIMIT 1;

-- name: user_reach_of_role
-- row: search_reach
SELECT ... FROM (SELECT id FROM users WHERE id > $1 AND role = $3 ORDER BY id LIMIT $2) AS seen
ORDER BY id DESC LIMIT 1;

-- name: user_search
-- row: user
SELECT ... FROM users WHERE id > $1 AND id <= $3 AND id <> $5
	AND (username LIKE lower($4) ESCAPE '!' OR email LIKE lower($4) ESCAPE '!'
		OR lower(full_name) LIKE lower($4) ESCAPE '!')
ORDER BY id LIMIT $2;

-- name: user_search_of_role
-- row: user
SELECT ... FROM users WHERE id > $1 AND id <= $3 AND id <> $5 AND role = $6
	AND (username LIKE lower($4) ESCAPE '!' OR email LIKE lower($4) ESCAPE '!'
		OR lower(full_name) LIKE lower($4) ESCAPE '!')
ORDER BY id LIMIT $2;
