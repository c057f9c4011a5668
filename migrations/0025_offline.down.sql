ALTER TABLE identities DROP COLUMN verified_ms;
ALTER TABLE identities DROP COLUMN verifier_hash;
