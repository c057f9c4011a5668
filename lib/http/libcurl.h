/*
 * libcurl, loaded when the first request is made.
 *
 * It brings a second TLS library, Kerberos and LDAP with it: 3 MB of memory and
 * several milliseconds for every server that never fetches anything.  Only
 * lib/http uses this; the functions are libcurl's own, without the
 * curl_ in front.
 */
#ifndef LIB_HTTP_LIBCURL_H
#define LIB_HTTP_LIBCURL_H

#include "lib/base/diag.h"

#include <curl/curl.h>

#define LIBCURL_FUNCTIONS(F) \
	F(global_init) \
	F(easy_init) \
	F(easy_cleanup) \
	F(easy_setopt) \
	F(easy_getinfo) \
	F(easy_header) \
	F(easy_strerror) \
	F(multi_init) \
	F(multi_add_handle) \
	F(multi_remove_handle) \
	F(multi_perform) \
	F(multi_poll) \
	F(multi_info_read) \
	F(multi_cleanup) \
	F(slist_append) \
	F(slist_free_all) \
	F(version_info)

struct libcurl {
#define F(name) __typeof__(curl_##name) *name;
	LIBCURL_FUNCTIONS(F)
#undef F
};

/* The functions, loaded once per process and never unloaded; NULL with the
 * reason in the diag if the library is missing.  Any thread. */
const struct libcurl *libcurl_get(struct diag *);
/* Where this system keeps the certificates that it trusts, for a libcurl that is linked in and
 * was made for none; NULL: libcurl knows. */
const char *libcurl_bundle(void);

#endif
