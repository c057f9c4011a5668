-- The authorization code flow, refresh tokens and OpenID Connect.

-- An authorization request between its arrival and the user's decision. params is the request as it
-- came (application/x-www-form-urlencoded) and is validated again at every step. browser is SHA-256
-- of the value of the cookie that ties it to one browser. login_after_ms: the user must have signed
-- in at this instant or later (prompt=login, max_age).
CREATE TABLE authorize_requests (
    id             BLOB    NOT NULL PRIMARY KEY,
    browser        BLOB    NOT NULL,
    client_id      BLOB    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    params         TEXT    NOT NULL,
    login_after_ms INTEGER NOT NULL DEFAULT 0,
    created_ms     INTEGER NOT NULL,
    expires_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX authorize_requests_expires ON authorize_requests (expires_ms);
CREATE INDEX authorize_requests_client ON authorize_requests (client_id);

-- state: issued -> redeemed, or issued -> burnt after too many wrong verifiers. A redeemed code is
-- kept until it would have expired, so that a replay can be told and its family revoked.
CREATE TABLE auth_codes (
    id             BLOB    NOT NULL PRIMARY KEY,
    digest         BLOB    NOT NULL,
    family_id      BLOB    NOT NULL,                -- of the tokens it will become
    client_id      BLOB    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id        BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id     BLOB    NOT NULL,
    redirect_uri   TEXT    NOT NULL,                -- as sent; empty: not sent
    scope          TEXT    NOT NULL,
    resource       TEXT    NOT NULL DEFAULT '',     -- RFC 8707, space separated
    nonce          TEXT    NOT NULL DEFAULT '',
    code_challenge TEXT    NOT NULL DEFAULT '',     -- S256; empty: no PKCE
    state          TEXT    NOT NULL DEFAULT 'issued',
    failures       INTEGER NOT NULL DEFAULT 0,
    auth_ms        INTEGER NOT NULL,
    created_ms     INTEGER NOT NULL,
    expires_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX auth_codes_expires ON auth_codes (expires_ms);
CREATE INDEX auth_codes_client ON auth_codes (client_id);
CREATE INDEX auth_codes_user ON auth_codes (user_id);

-- Where a family comes from, for sid, back-channel logout, id tokens of a refresh, and its end.
ALTER TABLE families ADD COLUMN session_id BLOB;
ALTER TABLE families ADD COLUMN auth_ms INTEGER;
ALTER TABLE families ADD COLUMN nonce TEXT NOT NULL DEFAULT '';
ALTER TABLE families ADD COLUMN resource TEXT NOT NULL DEFAULT '';
ALTER TABLE families ADD COLUMN expires_ms INTEGER;     -- absolute end of its refresh tokens
ALTER TABLE families ADD COLUMN disabled_ms INTEGER;    -- by its user, may be undone
ALTER TABLE families ADD COLUMN used_ms INTEGER;        -- last refresh

-- Rotation: the successor is kept sealed under a key that only the old token's text gives, so that
-- a retry of the just-used token within the window gets the same answer.
ALTER TABLE refresh_tokens ADD COLUMN successor_sealed BLOB;

ALTER TABLE clients ADD COLUMN require_pkce INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN id_token_alg TEXT NOT NULL DEFAULT '';       -- empty: the server's
ALTER TABLE clients ADD COLUMN token_profile TEXT NOT NULL DEFAULT 'standard';
ALTER TABLE clients ADD COLUMN post_logout_redirect_uris TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN backchannel_logout_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN application_type TEXT NOT NULL DEFAULT 'web'; -- web, native
ALTER TABLE clients ADD COLUMN registration_digest BLOB;                     -- RFC 7592 token
ALTER TABLE clients ADD COLUMN client_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN logo_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN contacts TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN used_ms INTEGER;
