-- Prepared like every other statement, because the writer runs them for every change.  Three are
-- SQLite's way: another driver puts its own text in the place of the two begins and of notify.

-- name: begin
BEGIN IMMEDIATE;

-- For reading only: everything that follows sees the database as it is now, and nobody waits.
-- name: begin_snapshot
BEGIN;

-- name: commit
COMMIT;

-- name: rollback
ROLLBACK;

-- name: savepoint
SAVEPOINT one_change;

-- name: savepoint_release
RELEASE one_change;

-- name: savepoint_undo
ROLLBACK TO one_change;

-- A row that is always there: who has changed it keeps others waiting until COMMIT.
-- name: nodes_lock
UPDATE schema_migrations SET version = version WHERE version = 1;

-- Sends word with COMMIT (store_notify).  Processes on one SQLite file look for themselves.
-- name: notify
SELECT 0;
