ALTER TABLE clients DROP COLUMN device_typed_back;
ALTER TABLE device_codes DROP COLUMN digit_tries;
ALTER TABLE device_codes DROP COLUMN digits;
ALTER TABLE device_codes DROP COLUMN typed_back;
