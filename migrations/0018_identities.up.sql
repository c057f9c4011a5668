-- Who somebody is at another server. The subject is that server's own name for the person and never
-- changes or comes back; names and addresses are for showing only.
CREATE TABLE identities (
    id            BLOB    NOT NULL PRIMARY KEY,
    user_id       BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider      TEXT    NOT NULL,                 -- its name in the configuration
    issuer        TEXT    NOT NULL,                 -- where that name led when it was linked
    subject       TEXT    NOT NULL,
    username      TEXT    NOT NULL DEFAULT '',      -- there, when it was last used
    email         TEXT    NOT NULL DEFAULT '',
    linked_ms     INTEGER NOT NULL,
    used_ms       INTEGER NOT NULL,
    UNIQUE (provider, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_user ON identities (user_id, id);
