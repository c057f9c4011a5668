-- RFC 8707 beyond the authorization endpoint: space separated, as in families.
ALTER TABLE access_tokens ADD COLUMN resource TEXT;                    -- NULL: the family's
ALTER TABLE device_codes ADD COLUMN resource TEXT NOT NULL DEFAULT '';
