/* Looks up rows of err.def. */
#include "lib/base/err.h"

struct row {
	const char *name;
	int status;
	const char *code;
	const char *sentence;
};

static const struct row rows[ERR_COUNT] = {
	[OK] = {"OK", 200, "", ""},
#define ERR(name, status, code, sentence) [ERR_##name] = {#name, status, code, sentence},
#include "lib/base/err.def"
#undef ERR
};

static const struct row *
row_of(enum err e)
{
	return &rows[(unsigned)e < ERR_COUNT ? e : ERR_INTERNAL];
}

const char *
err_name(enum err e)
{
	return row_of(e)->name;
}

int
err_status(enum err e)
{
	return row_of(e)->status;
}

const char *
err_code(enum err e)
{
	return row_of(e)->code;
}

const char *
err_sentence(enum err e)
{
	return row_of(e)->sentence;
}
