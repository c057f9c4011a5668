DROP INDEX clients_owner;
