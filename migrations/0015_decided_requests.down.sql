DELETE FROM authorize_requests WHERE decision <> '';
ALTER TABLE authorize_requests DROP COLUMN code_id;
ALTER TABLE authorize_requests DROP COLUMN session_id;
ALTER TABLE authorize_requests DROP COLUMN decision;
