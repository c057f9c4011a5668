/*
 * enum err: what every function that can fail returns.  OK is zero, so a step
 * reads `if ((e = step(...))) return e;`.  Results come back through trailing
 * ret_ pointers, which are left alone on failure.
 */
#ifndef LIB_BASE_ERR_H
#define LIB_BASE_ERR_H

#include "lib/base/compiler.h"

#include <stdbool.h>

enum err {
	OK = 0,
#define ERR(name, status, code, sentence) ERR_##name,
#define OUTCOME(name, answer, sentence)   ERR_##name,
#define STEER(name, answer, sentence)     ERR_##name,
#include "lib/base/err.def"
	ERR_COUNT
};

/* The name as in err.def ("INVALID_GRANT"), for logs and tests. */
const char *err_name(enum err);
/* False of an outcome of the store and of what steers dispatch: no reply is made of them. */
bool err_is_answer(enum err);
/* What is answered if nobody has mapped it; an answer is itself. */
enum err err_answer(enum err);
/* HTTP status and OAuth code of its answer, and its own sentence; OK gives 200, "" and "". */
int err_status(enum err);
const char *err_code(enum err);
const char *err_sentence(enum err);

#endif
