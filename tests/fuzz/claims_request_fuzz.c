/* What is accepted asks for no scope but the two that claims stand under; what is not says why. */
#include "lib/oauth/claims_request.h"

#include "lib/oauth/scope.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool good)
{
	if (!good)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct context cx = {.arena = &arena};
	struct claims_request found;

	if (claims_request_read(&cx, (struct str){(const char *)data, size}, &found))
		check(cx.problem.n > 0);
	else
		check(scope_covers(STR("profile email"), found.scope) && found.subject.n <= size);
	arena_free(&arena);
	return 0;
}
