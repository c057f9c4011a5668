DROP INDEX users_by_role;
DROP INDEX clients_by_status;
