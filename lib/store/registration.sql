-- name: registration_by_id
-- row: registration
SELECT id, registration_digest, client_uri, logo_uri, contacts FROM clients WHERE id = $1;

-- name: registration_set
UPDATE clients SET registration_digest = $2, client_uri = $3, logo_uri = $4, contacts = $5
WHERE id = $1 AND status <> 'deleted';

-- An administrator who decides on the client meanwhile ($13: its status as it was) comes first.
-- name: registration_update
UPDATE clients SET name = $2, auth_method = $3, grants = $4, scopes = $5, redirect_uris = $6,
	status = $7, updated_ms = $8, application_type = $9, id_token_alg = $10,
	post_logout_redirect_uris = $11, backchannel_logout_uri = $12
WHERE id = $1 AND status = $13 AND registration_digest IS NOT NULL;

-- name: registration_delete
UPDATE clients SET status = 'deleted', registration_digest = NULL, secret_digest = NULL,
	secret_hash = NULL, updated_ms = $2
WHERE id = $1 AND registration_digest IS NOT NULL;

-- name: registration_count_unused
SELECT count(*) FROM clients WHERE registration_digest IS NOT NULL AND used_ms IS NULL;

-- name: registration_purge_unused
DELETE FROM clients WHERE id IN (
	SELECT id FROM clients
	WHERE registration_digest IS NOT NULL AND used_ms IS NULL AND created_ms < $1
	ORDER BY created_ms LIMIT $2);

-- Its own family stays as long as the client: only tokens in it count.
-- name: registration_purge_deleted
DELETE FROM clients WHERE id IN (
	SELECT id FROM clients WHERE status = 'deleted'
		AND NOT EXISTS (SELECT 1 FROM families f
			WHERE f.client_id = clients.id AND (f.kind <> 'client'
				OR EXISTS (SELECT 1 FROM access_tokens t WHERE t.family_id = f.id)))
	ORDER BY id LIMIT $1);
