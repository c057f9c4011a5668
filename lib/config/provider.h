/*
 * struct config_provider: another server that people may sign in with, as configured:
 * an entry of the YAML list `providers`, or one of those with variables of their own
 * (github, gitea, gitlab, microsoft in config.def).  Nothing behind lib/config can
 * tell which of the two it was.
 *
 * To add a setting: a member here, and a row of the table in provider.c.
 */
#ifndef LIB_CONFIG_PROVIDER_H
#define LIB_CONFIG_PROVIDER_H

#include "lib/base/buf.h"

enum { CONFIG_PROVIDERS_MAX = 16 };

struct config_provider {
	struct str name;   /* in addresses and identities: letters, digits and '-' */
	struct str type;   /* oidc, github, gitea, gitlab, microsoft */
	struct str label;  /* what people read on the button */
	struct str issuer; /* oidc: the issuer; else the address of the server */
	struct str client_id;
	struct str client_secret;
	struct str client_secret_file;
	struct str scopes;
	struct str redirect_url; /* empty: base_url/auth/callback/<name> */
	struct str registration; /* auto, approve, off */
	bool link_by_email;
	struct str allowed_domains; /* of the verified address; empty: all */
	struct str allowed_groups;  /* groups, teams, organisations; empty: all */
	struct str tenants;         /* microsoft: tenant ids that may sign in */
	struct str username_claim;
	struct str groups_claim;
	struct str roles;  /* words GROUP=ROLE */
	struct str groups; /* words GROUP, GROUP=NAME or "*" */
	bool store_tokens;
	bool sign_out;
};

struct config;

/* NULL if none has that name. */
const struct config_provider *config_provider_find(const struct config *, struct str name);
bool config_providers_same(const struct config *, const struct config *);
/* For the documents: a table of what an entry may hold. */
void config_write_provider_manual(struct buf *);
void config_write_provider_yaml(struct buf *);

#endif
