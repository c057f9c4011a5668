ALTER TABLE identities DROP COLUMN tokens_sealed;
DROP TABLE user_groups;
