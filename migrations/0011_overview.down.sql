DROP VIEW tokens_overview;
DROP VIEW grants_overview;
