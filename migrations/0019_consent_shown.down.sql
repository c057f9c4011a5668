ALTER TABLE consents DROP COLUMN shown;
ALTER TABLE consents DROP COLUMN resource;
