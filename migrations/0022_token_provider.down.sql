ALTER TABLE clients DROP COLUMN token_provider;
DROP INDEX access_tokens_foreign;
ALTER TABLE access_tokens DROP COLUMN foreign_digest;
