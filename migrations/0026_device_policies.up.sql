-- What holds for the device grant of one client; empty, or 0: what the configuration says for all.
ALTER TABLE clients ADD COLUMN device_complete TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN device_code_expiration TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN device_networks TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN device_scopes TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN device_refresh_lifetime TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN device_sign_in_within TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN device_same_network TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN device_open_max INTEGER NOT NULL DEFAULT 0;
-- Open requests of one client from one network are counted.
CREATE INDEX device_codes_open ON device_codes (client_id, network) WHERE state = 'pending';
