ALTER TABLE device_codes DROP COLUMN region;
ALTER TABLE device_codes DROP COLUMN network;
ALTER TABLE authorize_requests DROP COLUMN region;
ALTER TABLE authorize_requests DROP COLUMN network;
