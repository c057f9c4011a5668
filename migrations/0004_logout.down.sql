DROP INDEX families_session;
DROP TABLE logout_notices;
