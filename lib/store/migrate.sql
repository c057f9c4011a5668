-- name: migration_list
SELECT version, name, sha256, applied_ms FROM schema_migrations ORDER BY version;

-- name: migration_insert
INSERT INTO schema_migrations (version, name, sha256, applied_ms) VALUES ($1, $2, $3, $4);

-- name: migration_delete
DELETE FROM schema_migrations WHERE version = $1;
