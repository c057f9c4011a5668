/*
 * Any YAML: reading ends, reports whole lines, and what it accepted reads the
 * same when its values are given again.
 */
#include "lib/config/loader.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
prepare(struct loader *l, struct arena *a, struct config_result *result)
{
	*l = (struct loader){.arena = a, .result = result};
	*result = (struct config_result){0};
	buf_init(&result->problems, a, 1 << 16);
	buf_init(&result->warnings, a, 1 << 16);
}

/* What a value is written as must be read as the same value. */
static void
check_round_trip(struct arena *a, const struct config_key *key, const struct config *c)
{
	struct config again = {0};
	struct str text = config_value_text(a, key, c);
	const char *expected;

	if (key->type == CONFIG_TYPE_SECRET)
		return;
	if (config_value_parse(a, key, text, &again, &expected))
		abort();
	if (!str_eq(config_value_text(a, key, &again), text))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct config_result result;
	struct loader l;
	struct buf *problems = &result.problems;

	prepare(&l, &a, &result);
	yaml_read(&l, "f", (struct str){(const char *)data, size});
	if (problems->n && problems->p[problems->n - 1] != '\n' && !problems->failed)
		abort();
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		if (result.origins[i].source == CONFIG_FROM_YAML)
			check_round_trip(&a, &config_keys[i], &result.config);
	arena_free(&a);
	return 0;
}
