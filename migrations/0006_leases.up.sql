-- What one node at a time does (lib/store/lease.h).
CREATE TABLE leases (
    name        TEXT    NOT NULL PRIMARY KEY,
    holder      BLOB    NOT NULL,
    beat        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
