/*
 * struct loader: what every source of values writes to while a configuration
 * is read.  Weaker sources come first; a later value replaces an earlier one.
 */
#ifndef LIB_CONFIG_LOADER_H
#define LIB_CONFIG_LOADER_H

#include "lib/config/value.h"

struct loader {
	struct arena *arena;
	struct config_result *result;
	const struct config_request *request;
	bool refused[CONFIG_KEY_COUNT]; /* given, but wrong: no check need call it missing */
	const char *unread;             /* a file of variables that this user may not read */
	struct str database_path;       /* DATABASE_PATH, used last of all */
	struct config_origin database_path_origin;
	struct config_provider *providers;
};

/* Adds one line; the line must not hold a secret. */
void loader_problem(struct loader *, const char *format, ...) PRINTF_LIKE(2, 3);
void loader_warning(struct loader *, const char *format, ...) PRINTF_LIKE(2, 3);
/* A problem that begins with where the key's value came from. */
void loader_key_problem(struct loader *, const struct config_key *, const char *format, ...)
	PRINTF_LIKE(3, 4);
/* What is wrong with the ui section: lib/config/ui.c. */
void check_ui(struct loader *);
/* Parses and stores, or adds a problem. */
void loader_put(struct loader *, const struct config_key *, struct str, struct config_origin);
/* A variable of the environment or of a .env file, whatever its name. */
void loader_put_variable(struct loader *, struct str name, struct str value, struct config_origin);

/* The sources, weakest first. */
/* The version of libyaml. */
const char *yaml_library(void);
void yaml_read(struct loader *, const char *name, struct str text);
void dotenv_read(struct loader *, const char *name, struct str text);

/* Files. Each adds a problem and returns ERR_CONFIG if it does not like what it
 * finds; `what` begins the line. */
enum { CONFIG_FILE_MAX = 1 << 20, SECRET_FILE_MAX = 64 * 1024 };
MUST_USE enum err config_file_read(struct loader *, const char *path, size_t max, struct str *ret);
/* Reads x_file into x for every secret.  A session_secret_file in the state directory that is not
 * there yet is made, with 32 random bytes in hexadecimal digits, mode 0600; NULL: never. */
void secret_files_read(struct loader *, const char *state_directory);
/* The secret in a file, without the line end; what is wrong with it, or NULL. */
const char *secret_file_read(struct loader *, const char *path, struct str *ret);
/* Key files: there, regular, not readable by group or others. */
void private_files_check(struct loader *);

/* An entry of the list of providers (provider.h): every setting at its default; one
 * setting, with the words of what is wrong with it; the entry as a whole. */
void provider_begin(struct config_provider *);
MUST_USE enum err provider_put(struct loader *, struct config_provider *, struct str name,
	struct str value, struct str *ret_wrong);
bool provider_key_is_list(struct str name);
MUST_USE enum err provider_add(struct loader *, const struct config_provider *);
/* Adds those with variables of their own, and judges all. */
void providers_read(struct loader *);

/* The rules about more than one key, and about meaning; see check.c. */
void config_check(struct loader *);
void signin_check(struct loader *);
/* Warns of variables that the Go original reads and this server does not. */
void ignored_warn(struct loader *, struct str name);

#endif
