-- The groups that other servers said somebody is in, when they signed in there last, under the names
-- that the operator gave them. What an identity brought goes with it.
CREATE TABLE user_groups (
    identity_id   BLOB    NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    name          TEXT    NOT NULL,
    user_id       BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (identity_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_groups_user ON user_groups (user_id, name);
-- The tokens of the other server, sealed, where the operator wants them kept.
ALTER TABLE identities ADD COLUMN tokens_sealed BLOB;
