/*
 * The configuration: one struct made from the table in config.def, which is
 * also the source of configs/authgate.yaml, docs/CONFIGURATION.md and
 * `config print`.
 *
 * Precedence: default < YAML < .env < environment < flag; an empty variable
 * counts as absent.  Everything wrong is reported at once, one line each:
 * where, which key, what was expected, and the nearest name for a typing
 * error; never the value of a secret.
 */
#ifndef LIB_CONFIG_CONFIG_H
#define LIB_CONFIG_CONFIG_H

#include "lib/base/buf.h"
#include "lib/config/provider.h"

enum config_type {
	CONFIG_TYPE_BOOL,     /* bool: true false yes no on off 1 0 */
	CONFIG_TYPE_INT,      /* int64_t */
	CONFIG_TYPE_DURATION, /* int64_t seconds, field ends in _s; Go syntax */
	CONFIG_TYPE_MILLIS,   /* int64_t milliseconds, field ends in _ms; Go syntax */
	CONFIG_TYPE_SECONDS,  /* int64_t seconds, written as a bare number or a duration */
	CONFIG_TYPE_TEXT,     /* struct str */
	CONFIG_TYPE_CHOICE,   /* struct str, one of the words in the range column */
	CONFIG_TYPE_LIST,     /* struct str: words separated by one space; commas accepted */
	CONFIG_TYPE_SECRET,   /* struct str, masked wherever it is shown */
	CONFIG_TYPE_PATH,     /* struct str */
	CONFIG_TYPE_DSN,      /* struct str, shown without its password */
};

#define CONFIG_FIELD_BOOL     bool
#define CONFIG_FIELD_INT      int64_t
#define CONFIG_FIELD_DURATION int64_t
#define CONFIG_FIELD_MILLIS   int64_t
#define CONFIG_FIELD_SECONDS  int64_t
#define CONFIG_FIELD_TEXT     struct str
#define CONFIG_FIELD_CHOICE   struct str
#define CONFIG_FIELD_LIST     struct str
#define CONFIG_FIELD_SECRET   struct str
#define CONFIG_FIELD_PATH     struct str
#define CONFIG_FIELD_DSN      struct str

struct config {
#define SECTION(name, help)
#define KEY(type, field, yaml, env, fallback, range, help) CONFIG_FIELD_##type field;
#include "lib/config/config.def"
#undef KEY
#undef SECTION
	/* Of the YAML list and of the sections above; the names differ. */
	const struct config_provider *providers;
	size_t providers_count;
};

/* The keys, for arrays with one element each. */
enum config_key_id {
#define SECTION(name, help)
#define KEY(type, field, yaml, env, fallback, range, help) CONFIG_KEY_##field,
#include "lib/config/config.def"
#undef KEY
#undef SECTION
	CONFIG_KEY_COUNT
};

/* Where a value came from, weakest first. */
enum config_source {
	CONFIG_FROM_DEFAULT,
	CONFIG_FROM_YAML,
	CONFIG_FROM_DOTENV,
	CONFIG_FROM_ENVIRONMENT,
	CONFIG_FROM_FLAG,
};

struct config_origin {
	enum config_source source;
	const char *file;      /* of YAML and .env */
	unsigned line, column; /* from 1; column of YAML only */
};

/* A value from the command line: --set section.key=value. */
struct config_override {
	struct str path;
	struct str value;
};

struct config_request {
	const char *file;     /* YAML; NULL: none */
	const char *env_file; /* lines as in .env, read if it is there and may be; NULL: none */
	const char *base;     /* where a relative database file is; NULL: here */
	const char *dotenv;   /* read if it exists; NULL: none */
	const char *const *variables; /* as environ; NULL: none */
	const struct config_override *overrides;
	size_t override_count;
	/* A directory in which a session_secret_file that is not there yet is made, as the
	 * service manager's $STATE_DIRECTORY at the first start; NULL: none. */
	const char *state_directory;
	bool without_secrets; /* for work that needs none: one may be missing */
};

struct config_result {
	struct config config;
	struct config_origin origins[CONFIG_KEY_COUNT];
	struct buf problems; /* one line each; empty if all is well */
	struct buf warnings; /* one line each */
};

/* Reads, checks, and fills the result even if it fails, so that everything can
 * be shown; ERR_CONFIG if there is a problem.  All memory is the arena's. */
MUST_USE enum err config_load(
	struct arena *, const struct config_request *, struct config_result *ret);

#endif
