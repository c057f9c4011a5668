/*
 * Any .env file: reading ends, every value has a line of the file, and no
 * value of a refused line appears in the report.
 */
#include "lib/config/loader.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
count_lines(struct str s)
{
	size_t n = 0;

	for (; s.n; (void)str_cut(&s, '\n'))
		n++;
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct config_result result = {0};
	struct arena a = {0};
	struct loader l = {.arena = &a, .result = &result};
	size_t lines = count_lines(text);

	buf_init(&result.problems, &a, 1 << 20);
	buf_init(&result.warnings, &a, 1 << 20);
	dotenv_read(&l, "f", text);
	if (buf_ok(&result.problems) && count_lines(buf_str(&result.problems)) > lines + 1)
		abort();
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_origin *o = &result.origins[i];

		if (o->source != CONFIG_FROM_DOTENV)
			continue;
		if (o->line < 1 || o->line > lines)
			abort();
		if (!memmem(data, size, config_keys[i].env, strlen(config_keys[i].env)))
			abort();
	}
	arena_free(&a);
	return 0;
}
