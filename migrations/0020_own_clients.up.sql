-- The clients of a person are listed and counted.
CREATE INDEX clients_owner ON clients (owner_id, id) WHERE owner_id IS NOT NULL;
