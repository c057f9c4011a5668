/* Reading the names of databases. */
#include "cmd/place.h"

#include "lib/config/dsn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 4096 };

static bool
complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "authgate migrate: %s: %s\n", what, why);
	return false;
}

static bool
read_first_line(struct arena *a, const char *path, struct str *ret)
{
	char line[LINE_MAX_BYTES];
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return complain(path, strerror(errno));
	ok = fgets(line, sizeof line, f) && strlen(line) < sizeof line - 1;
	(void)fclose(f);
	if (!ok)
		return complain(path, "its first line names no database");
	line[strcspn(line, "\r\n")] = '\0';
	*ret = str_copy(a, str_of(line));
	if (str_starts(*ret, STR("\xef\xbb\xbf")))
		*ret = str_from(*ret, 3);
	return true;
}

/* Takes the word in front away, and tells the driver. */
static struct str
dsn_of(struct str text, struct str *ret_driver)
{
	*ret_driver = STR("sqlite");
	if (str_starts(text, STR("sqlite:")))
		return str_from(text, sizeof "sqlite:" - 1);
	if (str_starts(text, STR("postgres:")) && !str_starts(text, STR("postgres://"))) {
		*ret_driver = STR("postgres");
		return str_from(text, sizeof "postgres:" - 1);
	}
	if (dsn_is_postgres(text))
		*ret_driver = STR("postgres");
	return text;
}

static bool
shows_password(struct arena *a, struct str text)
{
	struct str driver;
	struct str dsn = dsn_of(text, &driver);

	return (str_is(driver, "postgres") || !dsn_is_file(dsn)) &&
	       !str_eq(dsn_masked(a, dsn), dsn);
}

/* The name itself, wherever it was written down. */
static bool
fetch(struct arena *a, char *argument, struct str *ret)
{
	struct str text = str_of(argument);
	const char *value;

	if (str_starts(text, STR("@")))
		return read_first_line(a, argument + 1, ret);
	if (str_starts(text, STR("env:"))) {
		if (!(value = getenv(argument + 4)))
			return complain(argument + 4, "no such environment variable");
		*ret = str_of(value);
		return true;
	}
	*ret = str_copy(a, text);
	if (!shows_password(a, *ret))
		return true;
	memset(argument, '*', text.n);
	(void)fprintf(stderr, "authgate migrate: a password on the command line may be seen by "
			      "others; env:NAME and @FILE are not\n");
	return true;
}

bool
place_read(struct arena *a, char *argument, struct store_setup *ret)
{
	struct str text;

	if (!fetch(a, argument, &text))
		return false;
	memset(ret, 0, sizeof *ret);
	ret->dsn = dsn_of(text, &ret->driver);
	if (str_is(ret->driver, "postgres"))
		ret->dsn = dsn_for_libpq(a, ret->dsn);
	else if (!str_starts(text, STR("sqlite:")) && !dsn_is_file(text))
		return complain("a database", "neither a file nor one of PostgreSQL");
	return ret->dsn.n || complain("a database", "its name is empty");
}

struct str
place_text(struct arena *a, const struct store_setup *setup)
{
	struct str dsn = dsn_masked(a, setup->dsn);

	if (str_starts(dsn, STR("postgres")))
		return dsn;
	return str_printf(a, "%.*s:%.*s", STR_ARG(setup->driver), STR_ARG(dsn));
}
