/*
 * struct provider: one way to prove who somebody is.  lib/signin/providers.c has the
 * table; to add one: a file with its functions, and a row there.
 *
 * A provider finds out who it is and nothing else.  Whether that person may sign in,
 * what else is asked of them and what is written are lib/signin/signin.c, the same
 * for every provider.
 */
#ifndef LIB_SIGNIN_PROVIDER_H
#define LIB_SIGNIN_PROVIDER_H

#include "lib/base/lane.h"
#include "lib/base/str.h"

struct signin;

struct provider {
	const char *name;
	/* What has to happen before somebody can prove anything, such as sending the
	 * browser elsewhere; NULL: nothing, our own form is enough. */
	enum err (*begin)(struct signin *);
	/* Takes what the person brought and fills signin->user, of whom it is the password,
	 * or signin->assertion.  ERR_BAD_CREDENTIALS: it proves nobody.
	 * ERR_ACCOUNT_DISABLED: somebody who is kept out. */
	enum err (*finish)(struct signin *);
	enum lane needs; /* where both must run */
};

extern const struct provider providers[];
extern const size_t providers_count;

/* NULL if there is none of that name. */
const struct provider *provider_find(struct str name);

/* lib/signin/password.c */
enum err password_finish(struct signin *);

#endif
