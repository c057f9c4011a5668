-- Refresh tokens brought from elsewhere have a form of their own, without our id in it: they are
-- found by SHA-256 of their text.
ALTER TABLE refresh_tokens ADD COLUMN imported_digest BLOB;
CREATE UNIQUE INDEX refresh_tokens_imported ON refresh_tokens (imported_digest)
 WHERE imported_digest IS NOT NULL;
