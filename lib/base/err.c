/* Looks up rows of err.def. */
#include "lib/base/err.h"

struct row {
	const char *name;
	const char *code;
	const char *sentence;
	int status;
	enum err answer;
};

static const struct row rows[ERR_COUNT] = {
	[OK] = {"OK", "", "", 200, OK},
#define ERR(name, status, code, sentence) \
	[ERR_##name] = {#name, code, sentence, status, ERR_##name},
#define OUTCOME(name, answer, sentence) [ERR_##name] = {#name, "", sentence, 0, ERR_##answer},
#define STEER(name, answer, sentence)   OUTCOME(name, answer, sentence)
#include "lib/base/err.def"
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

bool
err_is_answer(enum err e)
{
	return e != OK && row_of(e)->answer == e;
}

enum err
err_answer(enum err e)
{
	return row_of(e)->answer;
}

int
err_status(enum err e)
{
	return row_of(err_answer(e))->status;
}

const char *
err_code(enum err e)
{
	return row_of(err_answer(e))->code;
}

const char *
err_sentence(enum err e)
{
	return row_of(e)->sentence;
}
