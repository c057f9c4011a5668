-- With which account at another server a session began, where that server is told of its end.
CREATE TABLE session_identities (
    session_id    BLOB    NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    identity_id   BLOB    NOT NULL REFERENCES identities (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX session_identities_identity ON session_identities (identity_id);
