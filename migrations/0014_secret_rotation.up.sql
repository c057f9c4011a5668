-- Another SESSION_SECRET, and a trail that was taken away.
--
-- Keys of the audit trail that followed from a secret before, sealed under the one in force: rows of old chains were
-- hashed with them (lib/audit/ring.h). None of those chains has a greater number than last_chain.
CREATE TABLE audit_keys (
    id             BLOB    NOT NULL PRIMARY KEY,
    sealed         BLOB    NOT NULL,
    last_chain     INTEGER NOT NULL,
    retired_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When the audit trail began, as it was when the key was made; bound into what is sealed. Who empties the trail cannot
-- take this along, because without its keys the server is another one. 0: from before, until it is bound as well.
ALTER TABLE signing_keys ADD COLUMN trail_began_ms INTEGER NOT NULL DEFAULT 0;
