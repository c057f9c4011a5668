-- name: consent_get
SELECT user_id, client_id, scope, granted_ms FROM consents WHERE user_id = $1 AND client_id = $2;

-- name: consent_put
INSERT INTO consents (user_id, client_id, scope, granted_ms) VALUES ($1, $2, $3, $4)
    ON CONFLICT (user_id, client_id) DO UPDATE SET scope = excluded.scope, granted_ms = excluded.granted_ms;

-- name: consent_delete
DELETE FROM consents WHERE user_id = $1 AND client_id = $2;
