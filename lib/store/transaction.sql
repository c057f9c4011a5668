
-- name: begin
BEGIN IMMEDIATE;

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
