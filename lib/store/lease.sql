-- A lease that nobody holds has no row.
-- name: lease_read
-- row: lease
SELECT holder, beat FROM leases WHERE name = $1;

-- To take it, or to keep it: $3 and $4 are the holder and the beat that were read.
-- name: lease_take
INSERT INTO leases (name, holder, beat) VALUES ($1, $2, 1)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, beat = leases.beat + 1
 WHERE leases.holder = $3 AND leases.beat = $4;

-- name: lease_release
DELETE FROM leases WHERE name = $1 AND holder = $2;
