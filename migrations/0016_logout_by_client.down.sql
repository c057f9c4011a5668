DROP INDEX logout_notices_client;
CREATE INDEX logout_notices_client ON logout_notices (client_id);
