/* The table of actions. */
#include "admin-tui/action.h"

#include <string.h>

const struct tui_action_row tui_actions[ACTION_COUNT] = {
#define ACTION(id, keys, places, word, help) [ACTION_##id] = {#id, keys, places, word, help},
#include "admin-tui/keys.def"
};

const char *
tui_action_keys(const struct tui_keymap *map, enum tui_action action)
{
	return map && map->keys[action] ? map->keys[action] : tui_actions[action].keys;
}

enum tui_action
tui_action_of(const struct tui_keymap *map, uint32_t code)
{
	for (enum tui_action a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
		if (tui_key_among(tui_action_keys(map, a), code))
			return a;
	return ACTION_NONE;
}

/* PAGE_UP is "page-up" there. */
enum tui_action
tui_action_named(struct str name)
{
	for (enum tui_action a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
		const char *id = tui_actions[a].name;
		size_t i = 0;

		while (i < name.n && id[i] &&
			(name.p[i] == '-' ? '_' : name.p[i] - 'a' + 'A') == id[i])
			i++;
		if (i == name.n && !id[i])
			return a;
	}
	return ACTION_NONE;
}
