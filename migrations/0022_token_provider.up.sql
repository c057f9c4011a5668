-- Tokens may be made by a service of the operator's. Such an access token has a form of its own, without
-- our id in it: it is found by SHA-256 of its text, as refresh tokens brought from elsewhere are.
ALTER TABLE access_tokens ADD COLUMN foreign_digest BLOB;
CREATE UNIQUE INDEX access_tokens_foreign ON access_tokens (foreign_digest)
 WHERE foreign_digest IS NOT NULL;
-- 'default': as the installation is configured; 'local' or 'http_api': whatever is configured.
ALTER TABLE clients ADD COLUMN token_provider TEXT NOT NULL DEFAULT 'default';
