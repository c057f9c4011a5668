/* Compares two configurations key by key. */
#include "lib/config/adopt.h"

#include "lib/config/value.h"

#include <string.h>

static size_t
size_of(const struct config_key *key)
{
	switch (key->type) {
	case CONFIG_TYPE_BOOL: return sizeof(bool);
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_DURATION:
	case CONFIG_TYPE_MILLIS:
	case CONFIG_TYPE_SECONDS: return sizeof(int64_t);
	case CONFIG_TYPE_TEXT:
	case CONFIG_TYPE_CHOICE:
	case CONFIG_TYPE_LIST:
	case CONFIG_TYPE_SECRET:
	case CONFIG_TYPE_PATH:
	case CONFIG_TYPE_DSN: break;
	}
	return sizeof(struct str);
}

static bool
same(const struct config_key *key, const char *a, const char *b)
{
	size_t size = size_of(key);

	if (size == sizeof(struct str))
		return str_eq(
			*(const struct str *)(const void *)a, *(const struct str *)(const void *)b);
	return memcmp(a, b, size) == 0;
}

size_t
config_adopt(struct arena *a, const struct config *now, struct config *fresh, config_visitor *visit,
	void *context)
{
	size_t count = 0;

	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = &config_keys[i];
		const char *was = (const char *)now + key->offset;
		char *is = (char *)fresh + key->offset;

		if (same(key, was, is))
			continue;
		visit(context, key, config_value_text(a, key, now),
			config_value_text(a, key, fresh));
		if (key->fixed)
			memcpy(is, was, size_of(key));
		else
			count++;
	}
	return count;
}
