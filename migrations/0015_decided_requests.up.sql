-- A decided authorization request stays until it would have expired, with what was decided: the same
-- decision of the same session is answered again (a second click, a lost answer), by a code that
-- takes the place of the first. decision: empty, 'approved' or 'denied'. code_id: of the code that
-- was issued for it last.
ALTER TABLE authorize_requests ADD COLUMN decision TEXT NOT NULL DEFAULT '';
ALTER TABLE authorize_requests ADD COLUMN session_id BLOB;
ALTER TABLE authorize_requests ADD COLUMN code_id BLOB;
