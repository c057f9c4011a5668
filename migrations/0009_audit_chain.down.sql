DROP TABLE audit_log;
DROP TABLE audit_chains;

CREATE TABLE audit_log (
    id             BLOB    NOT NULL PRIMARY KEY,
    event          TEXT    NOT NULL,
    actor          TEXT    NOT NULL,
    target         TEXT    NOT NULL,
    detail         TEXT    NOT NULL,
    request_id     TEXT    NOT NULL,
    ip             TEXT    NOT NULL,
    user_agent     TEXT    NOT NULL,
    at_ms          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
