-- The first schema.
--
-- Every id is a UUIDv7 in 16 bytes, ordered by time.  Instants are milliseconds since 1970 UTC and
-- end in _ms; NULL or absent means "not happened".  Lists (scopes, grants, redirect URIs) are words
-- separated by one space.  Nothing in here is a usable credential: see lib/crypto/credential.h.

CREATE TABLE users (
    id            BLOB    NOT NULL PRIMARY KEY,
    username      TEXT    NOT NULL UNIQUE,          -- canonical: lib/account/user.h
    email         TEXT    UNIQUE,                   -- canonical; NULL if there is none
    full_name     TEXT    NOT NULL DEFAULT '',
    role          TEXT    NOT NULL DEFAULT 'user',  -- user, admin
    password_hash TEXT    NOT NULL DEFAULT '',      -- crypt(3); empty: no password login
    disabled_ms   INTEGER,
    created_ms    INTEGER NOT NULL,
    updated_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE clients (
    id             BLOB    NOT NULL PRIMARY KEY,    -- the client_id, shown as a UUID
    name           TEXT    NOT NULL,
    type           TEXT    NOT NULL,                -- public, confidential
    auth_method    TEXT    NOT NULL,                -- none, client_secret_basic, client_secret_post
    secret_digest  BLOB,                            -- SHA-256 of a generated secret
    secret_hash    TEXT,                            -- crypt(3) of a secret brought from elsewhere
    grants         TEXT    NOT NULL,
    scopes         TEXT    NOT NULL,
    redirect_uris  TEXT    NOT NULL DEFAULT '',
    status         TEXT    NOT NULL,                -- active, pending, disabled
    owner_id       BLOB    REFERENCES users (id) ON DELETE SET NULL,
    created_ms     INTEGER NOT NULL,
    updated_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A browser's sign-in. review_id is the device request that this browser has been shown and may
-- now decide on: the second of the three steps of /device cannot be skipped.
CREATE TABLE sessions (
    id             BLOB    NOT NULL PRIMARY KEY,
    digest         BLOB    NOT NULL,
    user_id        BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    review_id      BLOB,
    ip             TEXT    NOT NULL,
    user_agent     TEXT    NOT NULL,
    created_ms     INTEGER NOT NULL,                -- also auth_time
    seen_ms        INTEGER NOT NULL,
    expires_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_ms);

-- RFC 8628. state: pending -> approved -> redeemed, or pending -> denied.
CREATE TABLE device_codes (
    id             BLOB    NOT NULL PRIMARY KEY,
    digest         BLOB    NOT NULL,
    user_code      TEXT    NOT NULL UNIQUE,         -- canonical: eight letters, no dash
    client_id      BLOB    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scope          TEXT    NOT NULL,
    state          TEXT    NOT NULL DEFAULT 'pending',
    user_id        BLOB    REFERENCES users (id) ON DELETE CASCADE,
    auth_ms        INTEGER,                         -- when that user signed in
    interval_s     INTEGER NOT NULL,
    ip             TEXT    NOT NULL,                -- who asked, for the review page
    user_agent     TEXT    NOT NULL,
    created_ms     INTEGER NOT NULL,
    expires_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX device_codes_expires ON device_codes (expires_ms);
CREATE INDEX device_codes_client ON device_codes (client_id);
CREATE INDEX device_codes_user ON device_codes (user_id);

-- What was granted once and lives on in tokens: one row per redeemed code, and one per client for
-- its own tokens (client_credentials; id = client_id). A token is alive while its own row, its
-- family, its client and its user are.
CREATE TABLE families (
    id             BLOB    NOT NULL PRIMARY KEY,
    kind           TEXT    NOT NULL,                -- device, code, client
    client_id      BLOB    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id        BLOB    REFERENCES users (id) ON DELETE CASCADE,
    scope          TEXT    NOT NULL,
    created_ms     INTEGER NOT NULL,
    revoked_ms     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX families_client ON families (client_id);
CREATE INDEX families_user ON families (user_id);

CREATE TABLE access_tokens (
    id             BLOB    NOT NULL PRIMARY KEY,    -- the jti
    family_id      BLOB    NOT NULL REFERENCES families (id) ON DELETE CASCADE,
    digest         BLOB    NOT NULL,                -- SHA-256 of the whole token
    scope          TEXT    NOT NULL,
    issued_ms      INTEGER NOT NULL,
    expires_ms     INTEGER NOT NULL,
    revoked_ms     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX access_tokens_family ON access_tokens (family_id, id);
CREATE INDEX access_tokens_expires ON access_tokens (expires_ms);

CREATE TABLE refresh_tokens (
    id             BLOB    NOT NULL PRIMARY KEY,
    family_id      BLOB    NOT NULL REFERENCES families (id) ON DELETE CASCADE,
    digest         BLOB    NOT NULL,
    scope          TEXT    NOT NULL,
    issued_ms      INTEGER NOT NULL,
    expires_ms     INTEGER NOT NULL,
    used_ms        INTEGER,
    revoked_ms     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id, id);
CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires_ms);

-- What a user allowed a client in the code flow, so as not to ask again.
CREATE TABLE consents (
    user_id        BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id      BLOB    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scope          TEXT    NOT NULL,
    granted_ms     INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX consents_client ON consents (client_id);

CREATE TABLE signing_keys (
    id             BLOB    NOT NULL PRIMARY KEY,
    kid            TEXT    NOT NULL UNIQUE,
    alg            TEXT    NOT NULL,
    state          TEXT    NOT NULL,                -- next, active, retired
    sealed         BLOB    NOT NULL,                -- the private half: lib/crypto/seal.h
    created_ms     INTEGER NOT NULL,
    expires_ms     INTEGER                          -- of a retired key: when its last token dies
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
    id             BLOB    NOT NULL PRIMARY KEY,
    event          TEXT    NOT NULL,                -- lib/audit/events.def
    actor          TEXT    NOT NULL,                -- user:<name>, client:<id>, system, anonymous
    target         TEXT    NOT NULL,
    detail         TEXT    NOT NULL,                -- key=value pairs, no secrets
    request_id     TEXT    NOT NULL,
    ip             TEXT    NOT NULL,
    user_agent     TEXT    NOT NULL,
    at_ms          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
