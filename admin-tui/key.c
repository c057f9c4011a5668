/* Names of keys. */
#include "admin-tui/key.h"

#include "lib/base/unicode.h"

static const struct {
	const char *name;
	uint32_t code;
} names[] = {
	{"Tab", TUI_KEY_TAB},
	{"Enter", TUI_KEY_ENTER},
	{"Esc", TUI_KEY_ESC},
	{"Space", TUI_KEY_SPACE},
	{"Up", TUI_KEY_UP},
	{"Down", TUI_KEY_DOWN},
	{"Left", TUI_KEY_LEFT},
	{"Right", TUI_KEY_RIGHT},
	{"Home", TUI_KEY_HOME},
	{"End", TUI_KEY_END},
	{"PgUp", TUI_KEY_PAGE_UP},
	{"PgDn", TUI_KEY_PAGE_DOWN},
	{"Backspace", TUI_KEY_BACKSPACE},
	{"Del", TUI_KEY_DELETE},
	{"S-Tab", TUI_KEY_BACK_TAB},
};

uint32_t
tui_key_named(struct str name)
{
	int64_t number;

	for (size_t i = 0; i < countof(names); i++)
		if (str_is(name, names[i].name))
			return names[i].code;
	if (name.n == 2 && name.p[0] == '^' && name.p[1] >= '@' && name.p[1] <= '_')
		return TUI_CTRL(name.p[1]);
	if (name.n > 1 && name.p[0] == 'F' && !str_to_i64(str_from(name, 1), &number) &&
		number >= 1 && number <= 12)
		return TUI_KEY_F1 + (uint32_t)number - 1;
	if (name.n && str_utf8_sequence(name) == name.n && unicode_point(name) >= ' ')
		return unicode_point(name);
	return 0;
}

bool
tui_key_among(const char *list, uint32_t code)
{
	STR_EACH (name, str_of(list))
		if (tui_key_named(name) == code)
			return true;
	return false;
}

struct str
tui_key_name(struct arena *arena, uint32_t code)
{
	for (size_t i = 0; i < countof(names); i++)
		if (names[i].code == code)
			return str_of(names[i].name);
	if (code >= TUI_KEY_F1 && code <= TUI_KEY_F12)
		return str_printf(arena, "F%u", (unsigned)(code - TUI_KEY_F1 + 1));
	if (code < ' ')
		return str_printf(arena, "^%c", (int)(code + '@'));
	return code < 0x7f ? str_printf(arena, "%c", (int)code) : STR("?");
}
