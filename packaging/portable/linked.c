/* The functions of the libraries that a portable program has linked in, in place of loading them
 * (lib/base/library.h). */
#include "lib/base/library.h"
#include "lib/cache/hiredis.h"
#include "lib/http/libcurl.h"
#include "lib/store/libpq.h"

const struct library_linked library_linked[] = {
#define F(name) {"curl_" #name, (void (*)(void))curl_##name},
	LIBCURL_FUNCTIONS(F)
#undef F
#define F(name) {"PQ" #name, (void (*)(void))PQ##name},
		LIBPQ_FUNCTIONS(F)
#undef F
#define F(name) {#name, (void (*)(void))name},
			HIREDIS_FUNCTIONS(F)
#undef F
				{NULL, NULL},
};
