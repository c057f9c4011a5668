-- name: database_clock
-- row: database_clock
SELECT CAST(CURRENT_TIMESTAMP AS TEXT) AS now;
