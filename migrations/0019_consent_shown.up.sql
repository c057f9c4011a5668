-- What a user agreed to besides the scope: for which servers, and what the client was called and where its
-- answers went. Where that is not known, the consent counts unless the client was changed after it.
ALTER TABLE consents ADD COLUMN resource TEXT NOT NULL DEFAULT '';
ALTER TABLE consents ADD COLUMN shown TEXT NOT NULL DEFAULT '';
