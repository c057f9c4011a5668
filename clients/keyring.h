/*
 * The desktop's keyring, through authgate-keyring, a program of its own: beside this
 * one, in ../libexec/authgate, or where AUTHGATE_KEYRING says.
 */
#ifndef CLIENTS_KEYRING_H
#define CLIENTS_KEYRING_H

#include "lib/base/diag.h"
#include "lib/base/str.h"

enum { KEYRING_SECRET_MAX = 256 * 1024, KEYRING_WAIT_MS = 60000, KEYRING_PROBE_MS = 2000 };

/* True if secrets can be kept in it now: it is asked to keep one, and to forget it. */
bool client_keyring_takes(void);
/* ERR_NO_ROW: there is none under this key.  ERR_UNAVAILABLE: no keyring here, or it
 * stays locked for KEYRING_WAIT_MS. */
MUST_USE enum err client_keyring_get(
	struct arena *, struct str key, struct str *ret_secret, struct diag *);
/* label is what a person sees in their keyring's window. */
MUST_USE enum err client_keyring_store(
	struct arena *, struct str key, struct str label, struct str secret, struct diag *);
/* One that is gone already is OK. */
MUST_USE enum err client_keyring_erase(struct arena *, struct str key, struct diag *);

#endif
