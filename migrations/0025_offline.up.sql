-- What a password hashed to when the operator's service took it last, for sign-ins while that service
-- does not answer, where the operator allows them.
ALTER TABLE identities ADD COLUMN verifier_hash TEXT;
ALTER TABLE identities ADD COLUMN verified_ms INTEGER;
