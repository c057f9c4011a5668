/* What is accepted is one JSON object within the limits, whose names mean
 * nothing in a token, and accepting it again changes nothing. */
#include "lib/oauth/extra_claims.h"

#include "lib/base/json.h"
#include "lib/config/config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool good)
{
	if (!good)
		abort();
}

static enum err
check_member(struct str name, struct str value, void *context)
{
	size_t *count = context;

	++*count;
	check(name.n && name.n <= EXTRA_CLAIM_NAME_MAX && !extra_claims_is_reserved(name));
	check(value.n > 0 && value.n <= 100);
	return OK;
}

static void
check_accepted(struct context *cx, const struct client *client, struct str text)
{
	struct json *doc;
	struct str again;
	size_t count = 0;

	check(text.n <= EXTRA_CLAIMS_MAX && text.p[0] == '{');
	check(!json_parse(text, EXTRA_CLAIMS_MAX, &doc, NULL) && json_is_map(doc));
	check(!json_each_member(doc, check_member, &count) && count > 0 && count <= 5);
	json_free(doc);
	check(!extra_claims_read(cx, client, text, &again) && str_eq(text, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct config config = {
		.extra_claims_enabled = true,
		.extra_claims_max_keys = 5,
		.extra_claims_max_val_size = 100,
	};
	struct client client = {.type = STR("confidential")};
	struct context cx = {.arena = &arena, .config = &config};
	struct str text = STR("unset");

	if (extra_claims_read(&cx, &client, (struct str){(const char *)data, size}, &text))
		check(cx.problem.n > 0 && !text.n);
	else if (text.n)
		check_accepted(&cx, &client, text);
	arena_free(&arena);
	return 0;
}
