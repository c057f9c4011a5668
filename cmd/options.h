/*
 * The options that every command with a configuration takes, and loading it.
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include "lib/config/config.h"

enum { OVERRIDES_MAX = 64 };

struct config_options {
	const char *file; /* --config */
	struct config_override overrides[OVERRIDES_MAX];
	size_t override_count;
	bool dotenv;          /* read .env if there is no file */
	bool without_secrets; /* what is done needs no session_secret */
	bool makes_secrets;   /* of a server: lib/config/config.h, state_directory */
};

/* Takes "section.key=value"; false (and a line on standard error) if it is not
 * of that form or one too many. */
bool options_set(struct config_options *, const char *assignment);
/* An override from a flag of its own, as --addr. */
bool options_override(struct config_options *, const char *path, const char *value);
/* Where that is read from; borrows the options.  Without --config: the file that
 * AUTHGATE_CONFIG names (empty: none), or /etc/authgate/authgate.yaml if it is there.
 * Beside NAME.yaml, NAME.env is read too, if it may be. */
struct config_request options_request(struct arena *, const struct config_options *);
/* Writes warnings and problems to standard error. */
void options_tell(const struct config_result *);
/* Loads and writes the warnings and problems to standard error; NULL if there
 * are problems.  The result is the arena's. */
const struct config_result *options_load(struct arena *, const struct config_options *);

#endif
