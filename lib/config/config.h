/*
 * The configuration: one struct made from the table in config.def, which is
 * also the source of configs/authgate.yaml, `config print` and the manual.
 *
 * Precedence: default < YAML < .env < environment < flag.  Everything wrong is
 * reported at once, one line each: where, which key, what was expected, and
 * the nearest name for a typing error; never the value of a secret.
 */
#ifndef LIB_CONFIG_CONFIG_H
#define LIB_CONFIG_CONFIG_H

#include "lib/base/buf.h"
#include "lib/base/diag.h"

enum key_type {
	KEY_BOOL,     /* bool: true false yes no on off 1 0 */
	KEY_INT,      /* int64_t */
	KEY_DURATION, /* int64_t seconds, field ends in _s; Go syntax */
	KEY_SECONDS,  /* int64_t seconds, written as a bare number or a duration */
	KEY_TEXT,     /* struct str */
	KEY_CHOICE,   /* struct str, one of the words in the range column */
	KEY_LIST,     /* struct str: words separated by one space; commas accepted */
	KEY_SECRET,   /* struct str, masked wherever it is shown */
	KEY_PATH,     /* struct str */
};

#define CONFIG_BOOL     bool
#define CONFIG_INT      int64_t
#define CONFIG_DURATION int64_t
#define CONFIG_SECONDS  int64_t
#define CONFIG_TEXT     struct str
#define CONFIG_CHOICE   struct str
#define CONFIG_LIST     struct str
#define CONFIG_SECRET   struct str
#define CONFIG_PATH     struct str

struct config {
#define SECTION(name, help)
#define KEY(type, field, yaml, env, fallback, range, help) CONFIG_##type field;
#include "lib/config/config.def"
#undef KEY
#undef SECTION
};

#endif
