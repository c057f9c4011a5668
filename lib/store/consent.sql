-- name: consent_get
-- row: consent
SELECT user_id, client_id, scope, granted_ms, client_epoch_ms, resource, shown FROM consents
 WHERE user_id = $1 AND client_id = $2
   AND client_epoch_ms >= (SELECT epoch_ms FROM clients WHERE id = $2);

-- name: consent_put
INSERT INTO consents (user_id, client_id, scope, granted_ms, client_epoch_ms, resource, shown)
VALUES (...)
    ON CONFLICT (user_id, client_id) DO UPDATE SET scope = excluded.scope,
       granted_ms = excluded.granted_ms, client_epoch_ms = excluded.client_epoch_ms,
       resource = excluded.resource, shown = excluded.shown;

-- name: consent_delete
DELETE FROM consents WHERE user_id = $1 AND client_id = $2;
