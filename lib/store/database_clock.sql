-- name: database_clock
SELECT CAST(CURRENT_TIMESTAMP AS TEXT);
