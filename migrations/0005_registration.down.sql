DROP INDEX clients_deleted;
DROP INDEX clients_unused;
