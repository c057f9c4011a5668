-- Logout tokens are sent fairly by client, the oldest of each first.
DROP INDEX logout_notices_client;
CREATE INDEX logout_notices_client ON logout_notices (client_id, due_ms);
