/* Loads libpq. */
#include "lib/store/libpq.h"

#include "lib/base/library.h"

static const struct library_symbol symbols[] = {
#define F(name) {"PQ" #name, offsetof(struct libpq, name)},
	LIBPQ_FUNCTIONS(F)
#undef F
};

static struct libpq functions;
static struct library library = LIBRARY("libpq.so.5", "libpq5", symbols, &functions);

enum err
libpq_load(struct diag *diag)
{
	return library_load(&library, ERR_STORE, diag);
}

const struct libpq *
pq(void)
{
	return &functions;
}
