/*
 * Where a server keeps what it makes by itself.  A database is a file for one driver
 * only: nobody else takes a path from a DSN, which may hold a password.
 */
#ifndef LIB_CONFIG_PLACES_H
#define LIB_CONFIG_PLACES_H

#include "lib/config/config.h"

/* The SQLite file, without "file:" and its parameters; empty for another database. */
struct str config_database_file(struct arena *, const struct config *);
/* auth.credentials_file, or authgate-credentials.txt beside the SQLite file; beside no
 * file, in the STATE_DIRECTORY that systemd gives, or the working directory. */
struct str config_credentials_path(struct arena *, const struct config *);
/* admin.socket, or authgate-admin.sock beside the SQLite file; empty: there is none. */
struct str config_admin_socket_path(struct arena *, const struct config *);
/* Whether nobody but the owner, or those whom root chose, can read a file: modes 0600
 * and narrower, and 0640 if it belongs to root and is read by somebody else, as secrets
 * are mounted into containers. */
struct stat;
bool config_mode_is_private(const struct stat *);
/* The directory of a path: "." if it names none. */
struct str config_directory_of(struct str path);

#endif
