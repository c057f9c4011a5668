ALTER TABLE sessions DROP COLUMN previous_ms;
ALTER TABLE users DROP COLUMN signed_in_ms;
DROP TABLE disowned_networks;
