-- A link with which somebody chooses their first password: one for a user, for once, for a while.
CREATE TABLE invitations (
    user_id        BLOB    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    digest         BLOB    NOT NULL,                -- SHA-256 of its secret: lib/crypto/credential.h
    created_ms     INTEGER NOT NULL,
    expires_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_expires ON invitations (expires_ms);
