/*
 * enum err: what every function that can fail returns.  OK is zero, so a step
 * reads `if ((e = step(...))) return e;`.  Results come back through trailing
 * ret_ pointers, which are left alone on failure.
 */
#ifndef LIB_BASE_ERR_H
#define LIB_BASE_ERR_H

#include "lib/base/compiler.h"

enum err {
	OK = 0,
#define ERR(name, status, code, sentence) ERR_##name,
#include "lib/base/err.def"
#undef ERR
	ERR_COUNT
};

/* The name as in err.def ("INVALID_GRANT"), for logs and tests. */
const char *err_name(enum err);
/* HTTP status, OAuth code and sentence of the row; OK gives 200, "" and "". */
int err_status(enum err);
const char *err_code(enum err);
const char *err_sentence(enum err);

#endif
