-- Where a stranger's row came from, so that those who have most make room: server/keep/room.h.
ALTER TABLE authorize_requests ADD COLUMN network TEXT NOT NULL DEFAULT '';
ALTER TABLE authorize_requests ADD COLUMN region TEXT NOT NULL DEFAULT '';
ALTER TABLE device_codes ADD COLUMN network TEXT NOT NULL DEFAULT '';
ALTER TABLE device_codes ADD COLUMN region TEXT NOT NULL DEFAULT '';
