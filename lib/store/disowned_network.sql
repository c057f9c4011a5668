-- name: disowned_network_mark
INSERT INTO disowned_networks (network, expires_ms) VALUES ($1, $2)
    ON CONFLICT (network) DO UPDATE SET expires_ms = excluded.expires_ms;

-- name: disowned_network_is_marked
SELECT count(*) FROM disowned_networks WHERE network = $1 AND expires_ms > $2;

-- name: disowned_network_purge
DELETE FROM disowned_networks WHERE network IN (
	SELECT network FROM disowned_networks WHERE expires_ms <= $1 ORDER BY expires_ms LIMIT $2);
