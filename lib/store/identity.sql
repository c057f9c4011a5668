-- name: identity_find
-- row: identity
SELECT id, user_id, provider, issuer, subject, username, email, linked_ms, used_ms
FROM identities WHERE provider = $1 AND subject = $2;

-- name: identity_of_user
-- row: identity
SELECT ... FROM identities WHERE user_id = $1 ORDER BY id LIMIT $2;

-- name: identity_insert
INSERT INTO identities (id, user_id, provider, issuer, subject, username, email, linked_ms, used_ms,
	tokens_sealed)
VALUES (...);

-- Only while it still is this person's, and the person may sign in.
-- name: identity_use
UPDATE identities SET username = $3, email = $4, used_ms = $5, tokens_sealed = $7
WHERE id = $1 AND user_id = $2 AND issuer = $6
	AND EXISTS (SELECT 1 FROM users u WHERE u.id = $2 AND u.disabled_ms IS NULL);

-- Unless it is the last way in: a password, or another identity, has to remain.
-- name: identity_delete_of_user
DELETE FROM identities WHERE id = $1 AND user_id = $2
	AND (EXISTS (SELECT 1 FROM users u WHERE u.id = $2 AND u.password_hash <> '')
		OR EXISTS (SELECT 1 FROM identities o WHERE o.user_id = $2 AND o.id <> $1));

-- Changes nothing and holds the person until COMMIT: of two that unlink at the same time the second
-- counts what the first has left.
-- name: identity_hold_user
UPDATE users SET updated_ms = updated_ms WHERE id = $1;

-- name: identity_begin_session
INSERT INTO session_identities (session_id, identity_id) VALUES ($1, $2);

-- name: identity_of_session
-- row: session_identity
SELECT i.id, i.provider, i.tokens_sealed FROM session_identities s
JOIN identities i ON i.id = s.identity_id WHERE s.session_id = $1;

-- name: identity_set_verifier
UPDATE identities SET verifier_hash = $2, verified_ms = $3 WHERE id = $1;

-- name: identity_drop_verifier
UPDATE identities SET verifier_hash = NULL WHERE id = $1 AND verifier_hash IS NOT NULL;

-- name: identity_verifier
-- row: identity_verifier
SELECT id, subject, email, verifier_hash, verified_ms FROM identities
WHERE user_id = $1 AND provider = $2 AND verifier_hash IS NOT NULL
ORDER BY verified_ms DESC LIMIT 1;
