DROP INDEX refresh_tokens_imported;
ALTER TABLE refresh_tokens DROP COLUMN imported_digest;
