-- Networks of devices of which somebody said that they were not theirs: people are warned of them for a while.
CREATE TABLE disowned_networks (
    network       TEXT    NOT NULL PRIMARY KEY,     -- as in device_codes
    expires_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX disowned_networks_expires ON disowned_networks (expires_ms);
-- When somebody signed in last, and, of a session, when they had before: 0 if never since this is kept.
ALTER TABLE users ADD COLUMN signed_in_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN previous_ms INTEGER NOT NULL DEFAULT 0;
