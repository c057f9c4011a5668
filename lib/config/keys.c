/* The table of keys, and finding in it. */
#include "lib/config/keys.h"

#include <ctype.h>
#include <string.h>

enum { NAME_MAX_BYTES = 63 };

const struct config_key *
config_key_by_path(struct str path)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		if (str_is(path, config_keys[i].path))
			return &config_keys[i];
	return NULL;
}

bool
config_is_section(struct str path)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		struct str key = str_of(config_keys[i].path);

		if (path.n && path.n < key.n && key.p[path.n] == '.' && str_starts(key, path))
			return true;
	}
	return false;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool
same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

size_t
edit_distance(struct str a, struct str b)
{
	size_t rows[3][NAME_MAX_BYTES + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	if (a.n > NAME_MAX_BYTES || b.n > NAME_MAX_BYTES)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		last[j] = before[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t replace = last[j - 1] + !same_letter(a.p[i - 1], b.p[j - 1]);

			now[j] = least(replace, 1 + least(last[j], now[j - 1]));
			if (i > 1 && j > 1 && same_letter(a.p[i - 1], b.p[j - 2]) &&
				same_letter(a.p[i - 2], b.p[j - 1]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[b.n];
}

bool
edit_nearer(struct str wrong, const char *candidate, size_t *distance)
{
	size_t allowed = wrong.n < 4 ? 1 : wrong.n < 9 ? 2 : 3;
	size_t d = edit_distance(wrong, str_of(candidate));

	if (d > allowed || d >= *distance)
		return false;
	*distance = d;
	return true;
}

const char *
config_nearest(struct arena *a, struct str path)
{
	const char *nearest = NULL;
	size_t distance = SIZE_MAX;

	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		struct str key = str_of(config_keys[i].path);

		if (edit_nearer(path, config_keys[i].path, &distance))
			nearest = config_keys[i].path;
		/* Every section above the key: "server", "server.tls". */
		for (size_t n = 1; n < key.n; n++) {
			const char *section;

			if (key.p[n] != '.')
				continue;
			section = str_c(a, str_first(key, n));
			if (edit_nearer(path, section, &distance))
				nearest = section;
		}
	}
	return nearest;
}

const struct config_key *
config_file_key(const struct config_key *key)
{
	size_t n = strlen(key->path);

	if (key->type != CONFIG_TYPE_SECRET)
		return NULL;
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const char *path = config_keys[i].path;

		if (strncmp(path, key->path, n) == 0 && strcmp(path + n, "_file") == 0)
			return &config_keys[i];
	}
	return NULL;
}

const struct config_key config_keys[CONFIG_KEY_COUNT] = {
#define SECTION(name, help_text)
#define ROW(type_name, field, yaml_path, env_name, fallback_text, range_text, help_text, is_fixed) \
	[CONFIG_KEY_##field] = { \
		.type = CONFIG_TYPE_##type_name, \
		.offset = offsetof(struct config, field), \
		.path = yaml_path, \
		.env = env_name, \
		.fallback = fallback_text, \
		.range = range_text, \
		.help = help_text, \
		.fixed = is_fixed, \
	},
#define KEY(...)   ROW(__VA_ARGS__, false)
#define FIXED(...) ROW(__VA_ARGS__, true)
#include "lib/config/config.def"
#undef ROW
#undef KEY
#undef SECTION
};

const struct config_section config_sections[] = {
#define SECTION(section_name, help_text) {.name = section_name, .help = help_text},
#define KEY(type, field, yaml, env, fallback, range, help)
#include "lib/config/config.def"
#undef KEY
#undef SECTION
};
const size_t config_section_count = countof(config_sections);
