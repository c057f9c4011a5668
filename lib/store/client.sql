-- What every request asks of its client: all but its policies for devices, which hardly any has.
-- name: client_core_by_id
-- row: client_core
SELECT id, name, type, auth_method, secret_digest, secret_hash, grants, scopes, redirect_uris,
	status, owner_id, created_ms, updated_ms, application_type, token_profile, id_token_alg,
	post_logout_redirect_uris, backchannel_logout_uri, require_pkce, used_ms, epoch_ms,
	old_secret_digest, old_secret_expires_ms, refresh_always, introspect_all, access_token_typ,
	token_provider,
	CASE WHEN device_open_max = 0 AND device_complete = '' AND device_code_expiration = ''
		AND device_networks = '' AND device_scopes = '' AND device_refresh_lifetime = ''
		AND device_sign_in_within = '' AND device_same_network = ''
		AND device_typed_back = '' THEN 0 ELSE 1 END AS has_policies
FROM clients WHERE id = $1;

-- name: client_by_id
-- row: client
SELECT id, name, type, auth_method, secret_digest, secret_hash, grants, scopes, redirect_uris,
	status, owner_id, created_ms, updated_ms, application_type, token_profile, id_token_alg,
	post_logout_redirect_uris, backchannel_logout_uri, require_pkce, used_ms, epoch_ms,
	old_secret_digest, old_secret_expires_ms, refresh_always, introspect_all, access_token_typ,
	token_provider,
	device_complete, device_code_expiration,
	device_networks, device_scopes, device_refresh_lifetime, device_sign_in_within,
	device_same_network, device_open_max, device_typed_back
FROM clients WHERE id = $1;

-- name: client_insert
INSERT INTO clients (id, name, type, auth_method, secret_digest, secret_hash, grants, scopes,
	redirect_uris, status, owner_id, created_ms, updated_ms, application_type, token_profile,
	id_token_alg, post_logout_redirect_uris, backchannel_logout_uri, require_pkce,
	refresh_always, introspect_all, access_token_typ, token_provider,
	device_complete, device_code_expiration,
	device_networks, device_scopes, device_refresh_lifetime, device_sign_in_within,
	device_same_network, device_open_max, device_typed_back)
VALUES (...);

-- name: client_count
SELECT count(*) FROM (SELECT 1 AS one FROM clients LIMIT $1) AS counted;

-- name: client_count_of_owner
SELECT count(*) FROM clients WHERE owner_id = $1 AND status <> 'deleted';

-- name: client_list_of_owner
-- row: client
SELECT ... FROM clients WHERE owner_id = $1 AND id > $2 AND status <> 'deleted'
ORDER BY id LIMIT $3;

-- name: client_count_pending
SELECT count(*) FROM (SELECT 1 AS one FROM clients WHERE status = 'pending' LIMIT $1) AS counted;

-- name: client_count_by_id_token_alg
SELECT count(*) FROM clients WHERE id_token_alg = $1;

-- name: client_touch
UPDATE clients SET used_ms = $2 WHERE id = $1;

-- Of a secret that has just been proven, unless there is a new one by now.
-- name: client_outgrow_hash
UPDATE clients SET secret_digest = $3, secret_hash = NULL WHERE id = $1 AND secret_hash = $2;

-- Each of these twice: of all, and of one status, for which there is an index.
-- name: client_list
-- row: client
SELECT ... FROM clients WHERE id > $1 AND status <> 'deleted'
ORDER BY id LIMIT $2;

-- name: client_list_of_status
-- row: client
SELECT ... FROM clients WHERE id > $1 AND status = $3
ORDER BY id LIMIT $2;

-- How far a search looks at once, and how many rows that are.
-- name: client_reach
-- row: search_reach
SELECT id, count(*) OVER () AS count FROM (SELECT id FROM clients
	WHERE id > $1 AND status <> 'deleted' ORDER BY id LIMIT $2) AS seen
ORDER BY id DESC LIMIT 1;

-- name: client_reach_of_status
-- row: search_reach
SELECT id, count(*) OVER () AS count FROM (SELECT id FROM clients
	WHERE id > $1 AND status = $3 ORDER BY id LIMIT $2) AS seen
ORDER BY id DESC LIMIT 1;

-- name: client_search
-- row: client
SELECT ... FROM clients WHERE id > $1 AND id <= $3 AND status <> 'deleted' AND lower(name) LIKE lower($4) ESCAPE '!'
ORDER BY id LIMIT $2;

-- name: client_search_of_status
-- row: client
SELECT ... FROM clients WHERE id > $1 AND id <= $3 AND status = $5 AND lower(name) LIKE lower($4) ESCAPE '!'
ORDER BY id LIMIT $2;

-- Every change moves updated_ms on, by at least one: it is the version of the row.

-- What is on the right is the row as it was: the secret before becomes the old one.
-- name: client_set_secret
UPDATE clients SET secret_digest = $2, secret_hash = NULL,
	old_secret_digest = CASE WHEN CAST($4 AS BIGINT) > 0 THEN secret_digest END, old_secret_expires_ms = $4,
	updated_ms = CASE WHEN updated_ms < $3 THEN $3 ELSE updated_ms + 1 END
WHERE id = $1 AND status <> 'deleted';

-- name: client_set_status
UPDATE clients SET status = $2,
	updated_ms = CASE WHEN updated_ms < $3 THEN $3 ELSE updated_ms + 1 END
WHERE id = $1 AND status <> 'deleted';

-- Somebody's decision about a client that waits for one: the first counts.
-- name: client_decide
UPDATE clients SET status = $2,
	updated_ms = CASE WHEN updated_ms < $3 THEN $3 ELSE updated_ms + 1 END
WHERE id = $1 AND status = 'pending';

-- name: client_begin_epoch
UPDATE clients SET epoch_ms = CASE WHEN epoch_ms < $2 THEN $2 ELSE epoch_ms + 1 END WHERE id = $1;

-- Changes nothing and holds the row until COMMIT, if it still is the one that was read.
-- name: client_hold
UPDATE clients SET updated_ms = updated_ms WHERE id = $1 AND updated_ms = $2;

-- Only of the row that was read: $2 is its updated_ms.
-- name: client_update
UPDATE clients SET name = $3, auth_method = $4, grants = $5, scopes = $6, redirect_uris = $7,
	application_type = $8, token_profile = $9, id_token_alg = $10,
	post_logout_redirect_uris = $11, backchannel_logout_uri = $12, require_pkce = $13,
	updated_ms = $14, refresh_always = $15, introspect_all = $16, access_token_typ = $17,
	token_provider = $18,
	device_complete = $19, device_code_expiration = $20, device_networks = $21,
	device_scopes = $22, device_refresh_lifetime = $23, device_sign_in_within = $24,
	device_same_network = $25, device_open_max = $26,
	device_typed_back = $27
WHERE id = $1 AND updated_ms = $2;

-- name: client_delete
DELETE FROM clients WHERE id = $1;
