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
	return true;
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
	if (str_eq(dsn_masked(a, *ret), *ret))
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
	*ret = (struct store_setup){.driver = STR("sqlite"), .dsn = text};
	if (str_starts(text, STR("sqlite:"))) {
		ret->dsn = str_from(text, sizeof "sqlite:" - 1);
	} else if (str_starts(text, STR("postgres:")) && !str_starts(text, STR("postgres://"))) {
		ret->driver = STR("postgres");
		ret->dsn = str_from(text, sizeof "postgres:" - 1);
	} else if (dsn_is_postgres(text)) {
		ret->driver = STR("postgres");
	}
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
