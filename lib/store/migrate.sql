-- name: migration_list
-- row: migration
SELECT version, name, sha256, applied_ms FROM schema_migrations ORDER BY version;

-- name: migration_count
SELECT count(*) FROM schema_migrations WHERE version = $1;

-- Touches the row of a migration: fails where nothing can be written.
-- name: migration_touch
UPDATE schema_migrations SET applied_ms = applied_ms WHERE version = $1;

-- name: migration_insert
INSERT INTO schema_migrations (version, name, sha256, applied_ms) VALUES (...);

-- name: migration_delete
DELETE FROM schema_migrations WHERE version = $1;
