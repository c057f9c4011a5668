/* What is beside the database, if that is a file. */
#include "lib/config/places.h"

#include "lib/config/dsn.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct str
config_database_file(struct arena *a, const struct config *c)
{
	struct str path = c->database_dsn;

	if (!str_is(c->database_driver, "sqlite") || !dsn_is_file(path))
		return STR_NONE;
	if (str_starts(path, STR("file:"))) {
		path = str_from(path, 5);
		path = str_cut(&path, '?');
	}
	return str_copy(a, path);
}

bool
config_mode_is_private(const struct stat *st)
{
	bool by_root = st->st_uid == 0 && geteuid() != 0;

	return !(st->st_mode & (by_root ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO));
}

/* Up to and with its last slash. */
static struct str
with_slash(struct str path)
{
	size_t n = path.n;

	while (n && path.p[n - 1] != '/')
		n--;
	return str_first(path, n);
}

struct str
config_directory_of(struct str path)
{
	struct str directory = with_slash(path);

	if (!directory.n)
		return STR(".");
	return directory.n > 1 ? str_first(directory, directory.n - 1) : directory;
}

struct str
config_credentials_path(struct arena *a, const struct config *c)
{
	struct str state = str_of(getenv("STATE_DIRECTORY"));
	struct str file = config_database_file(a, c);

	if (c->credentials_file.n)
		return c->credentials_file;
	/* Several are separated by colons. */
	state = str_cut(&state, ':');
	if (!file.n && state.n)
		return str_printf(a, "%.*s/authgate-credentials.txt", STR_ARG(state));
	return str_printf(a, "%.*sauthgate-credentials.txt", STR_ARG(with_slash(file)));
}

struct str
config_admin_socket_path(struct arena *a, const struct config *c)
{
	struct str file = config_database_file(a, c);

	if (c->admin_socket.n)
		return str_copy(a, c->admin_socket);
	if (!file.n)
		return STR_NONE;
	return str_printf(a, "%.*sauthgate-admin.sock", STR_ARG(with_slash(file)));
}
