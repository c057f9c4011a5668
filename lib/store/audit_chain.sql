-- A new chain has the next number.  The list of chains, 0, begins with the first; whoever takes a
-- number at the same time waits for this transaction.
-- name: audit_chain_claim
INSERT INTO audit_chains (chain, node, started_ms, head_seq, head_ms, head_hash, head_mac, floor_seq, floor_hash, floor_mac)
SELECT 0, '', $2, COALESCE(max(chain), 0) + 1, 0, $1, $1, 0, $1, $1 FROM audit_chains WHERE 0 = 0
ON CONFLICT (chain) DO UPDATE SET head_seq = audit_chains.head_seq + 1
RETURNING head_seq;

-- name: audit_chain_insert
INSERT INTO audit_chains (chain, node, started_ms, head_seq, head_ms, head_hash, head_mac, floor_seq, floor_hash, floor_mac)
VALUES (...);

-- name: audit_chain_get
-- row: audit_chain
SELECT chain, node, started_ms, head_seq, head_ms, head_hash, head_mac, floor_seq, floor_hash, floor_mac
FROM audit_chains WHERE chain = $1;

-- name: audit_chain_list
-- row: audit_chain
SELECT ... FROM audit_chains WHERE chain > $1 ORDER BY chain LIMIT $2;

-- Two nodes may sign the same chain: the longer one stays.  The list of chains, 0, is signed as it is.
-- name: audit_chain_sign
UPDATE audit_chains SET head_seq = $2, head_ms = $3, head_hash = $4, head_mac = $5
WHERE chain = $1 AND (chain = 0 OR head_seq < $2);

-- name: audit_chain_reseal
UPDATE audit_chains SET started_ms = $2, head_seq = $3, head_ms = $4, head_hash = $5, head_mac = $6, floor_mac = $7
WHERE chain = $1;

-- name: audit_chain_cut
UPDATE audit_chains SET floor_seq = $2, floor_hash = $3, floor_mac = $4 WHERE chain = $1 AND floor_seq < $2;

-- How far the rows of a chain go; NULL if there are none.
-- name: audit_chain_last
SELECT max(seq) FROM audit_log WHERE chain = $1;

-- The next chain that has rows, whether it is in the list or not.
-- name: audit_chain_next_in_log
SELECT min(chain) FROM audit_log WHERE chain > $1;

-- name: audit_chain_delete
DELETE FROM audit_chains WHERE chain = $1;
