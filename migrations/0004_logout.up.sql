-- Logout tokens on their way to clients (OpenID Connect Back-Channel Logout): written with the end
-- of the session, sent afterwards, tried again until it works or is pointless.
CREATE TABLE logout_notices (
    id          BLOB    NOT NULL PRIMARY KEY,
    client_id   BLOB    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id     BLOB    NOT NULL,
    session_id  BLOB    NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    due_ms      INTEGER NOT NULL,
    created_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX logout_notices_due ON logout_notices (due_ms);
CREATE INDEX logout_notices_client ON logout_notices (client_id);
CREATE INDEX families_session ON families (session_id) WHERE session_id IS NOT NULL;
