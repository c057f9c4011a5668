ALTER TABLE signing_keys DROP COLUMN trail_began_ms;
DROP TABLE audit_keys;
