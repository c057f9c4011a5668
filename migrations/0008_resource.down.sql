ALTER TABLE device_codes DROP COLUMN resource;
ALTER TABLE access_tokens DROP COLUMN resource;
