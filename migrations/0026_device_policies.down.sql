DROP INDEX device_codes_open;
ALTER TABLE clients DROP COLUMN device_complete;
ALTER TABLE clients DROP COLUMN device_code_expiration;
ALTER TABLE clients DROP COLUMN device_networks;
ALTER TABLE clients DROP COLUMN device_scopes;
ALTER TABLE clients DROP COLUMN device_refresh_lifetime;
ALTER TABLE clients DROP COLUMN device_sign_in_within;
ALTER TABLE clients DROP COLUMN device_same_network;
ALTER TABLE clients DROP COLUMN device_open_max;
