/* router_decode and router_find: no decoded path can mean another one. */
#include "server/gate/router.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct route table[] = {
	{.method = METHOD_GET, .pattern = "/a"},
	{.method = METHOD_POST, .pattern = "/a/:id/b"},
	{.method = METHOD_GET, .pattern = "/:x/:y/:z"},
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct router *r = NULL;
	struct str path;
	struct match m;

	if (router_new(table, sizeof table / sizeof table[0], &r))
		abort();
	if (!router_decode(&a, (struct str){(const char *)data, size}, &path)) {
		if (!path.n || path.p[0] != '/' || memchr(path.p, 0, path.n) ||
			memmem(path.p, path.n, "//", 2) || memmem(path.p, path.n, "/../", 4))
			abort();
		for (enum method method = METHOD_GET; method < METHOD_COUNT; method++)
			if (!router_find(r, method, path, &m) && method != METHOD_OPTIONS &&
				m.route->method != method)
				abort();
	}
	router_free(r);
	arena_free(&a);
	return 0;
}
