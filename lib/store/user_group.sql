-- name: user_group_list
-- row: user_group
SELECT DISTINCT name FROM user_groups WHERE user_id = $1 ORDER BY name LIMIT $2;

-- name: user_group_insert
INSERT INTO user_groups (identity_id, name, user_id) VALUES ($1, $2, $3)
ON CONFLICT (identity_id, name) DO NOTHING;

-- name: user_group_delete_of_identity
DELETE FROM user_groups WHERE identity_id = $1;
