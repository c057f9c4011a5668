/*
 * Profiles: names for a server and how to sign in there, one small JSON file each
 * under $XDG_CONFIG_HOME/authgate/profiles (default ~/.config).  They hold nothing
 * secret.  A file "current" beside them names the one in use.
 */
#ifndef CLIENTS_PROFILE_H
#define CLIENTS_PROFILE_H

#include "lib/base/diag.h"
#include "lib/base/str.h"

enum { PROFILES_MAX = 256, PROFILE_NAME_MAX = 64 };

struct profile {
	struct str name;
	struct str issuer;
	struct str client_id;
	struct str scope; /* may be empty, as the next ones */
	struct str flow;
	struct str ca_file;
	struct str store;
};

/* Letters, digits, '-' and '_'. */
bool client_profile_name_is_good(struct str);
/* The profile to use: wanted, or AUTHGATE_PROFILE, or the current one, or an empty
 * one.  A name that was asked for and is not there is ERR_NO_ROW. */
MUST_USE enum err client_profile_load(
	struct arena *, const char *wanted, struct profile *ret, struct diag *);
/* All of them, by name. */
MUST_USE enum err client_profile_list(
	struct arena *, struct profile **ret, size_t *ret_count, struct diag *);
/* Writes or replaces. */
MUST_USE enum err client_profile_save(struct arena *, const struct profile *, struct diag *);
MUST_USE enum err client_profile_remove(struct arena *, struct str name, struct diag *);
/* Makes it the current one; it must be there. */
MUST_USE enum err client_profile_use(struct arena *, struct str name, struct diag *);
/* Empty if there is none. */
struct str client_profile_current(struct arena *);

#endif
