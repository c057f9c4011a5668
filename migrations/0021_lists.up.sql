-- A list of one status or role goes on by id, however few have it among however many.
CREATE INDEX clients_by_status ON clients (status, id);
CREATE INDEX users_by_role ON users (role, id);
