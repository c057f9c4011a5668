DROP TABLE session_identities;
