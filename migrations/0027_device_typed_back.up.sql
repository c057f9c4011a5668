-- Digits that the page shows and that have to be typed at the device: whether this request has them,
-- which they are once it is approved, and how often they were tried.
ALTER TABLE device_codes ADD COLUMN typed_back INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device_codes ADD COLUMN digits TEXT NOT NULL DEFAULT '';
ALTER TABLE device_codes ADD COLUMN digit_tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN device_typed_back TEXT NOT NULL DEFAULT '';
