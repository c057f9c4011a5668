CREATE INDEX families_client ON families (client_id);
DROP INDEX families_of_client;
CREATE INDEX families_user ON families (user_id);
DROP INDEX families_of_user;
CREATE INDEX sessions_user ON sessions (user_id);
DROP INDEX sessions_of_user;
CREATE INDEX consents_client ON consents (client_id);
DROP INDEX consents_of_client;
