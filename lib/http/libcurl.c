/* Loads libcurl. */
#include "lib/http/libcurl.h"

#include "lib/base/library.h"
#include "lib/http/fetch.h"

#include <unistd.h>

static const struct library_symbol symbols[] = {
#define F(name) {"curl_" #name, offsetof(struct libcurl, name)},
	LIBCURL_FUNCTIONS(F)
#undef F
};

static struct libcurl functions;
static struct library library = LIBRARY("libcurl.so.4", "libcurl4", symbols, &functions);
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_ready;

static void
start(void)
{
	is_ready = functions.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

const char *
fetch_library(void)
{
	struct diag diag = {{0}};
	const struct libcurl *curl = libcurl_get(&diag);

	return curl ? curl->version_info(CURLVERSION_NOW)->version : NULL;
}

const char *
libcurl_bundle(void)
{
	static const char *const places[] = {
		"/etc/ssl/certs/ca-certificates.crt", /* Debian, Alpine, Arch */
		"/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, Enterprise Linux */
		"/etc/ssl/ca-bundle.pem",             /* SUSE */
		"/etc/ssl/cert.pem",
	};

	for (size_t i = 0; library_is_linked(&library) && i < countof(places); i++)
		if (!access(places[i], R_OK))
			return places[i];
	return NULL;
}

const struct libcurl *
libcurl_get(struct diag *diag)
{
	if (library_load(&library, ERR_NETWORK, diag))
		return NULL;
	if (!pthread_once(&once, start) && is_ready)
		return &functions;
	(void)diag_set(diag, ERR_NETWORK, "libcurl does not start");
	return NULL;
}
