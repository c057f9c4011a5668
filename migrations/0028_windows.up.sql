-- Lists of one user or client go on by id: PostgreSQL has to find the next rows in order.
CREATE INDEX families_of_client ON families (client_id, id);
DROP INDEX families_client;
CREATE INDEX families_of_user ON families (user_id, id);
DROP INDEX families_user;
CREATE INDEX sessions_of_user ON sessions (user_id, id);
DROP INDEX sessions_user;
CREATE INDEX consents_of_client ON consents (client_id, user_id);
DROP INDEX consents_client;
