/* User-Agent headers for people: a guess, for recognising one's own devices. */
#include "server/pages/agent.h"

#include <string.h>

enum { SHOWN_MAX = 80 };

struct word {
	const char *sign;
	struct str name;
};

/* Every browser claims to be the ones below it. */
static const struct word programs[] = {
	{"authgate/", STR_INIT("authgate")},
	{"curl/", STR_INIT("curl")},
	{"Edg", STR_INIT("Edge")},
	{"OPR/", STR_INIT("Opera")},
	{"SamsungBrowser/", STR_INIT("Samsung Internet")},
	{"Firefox/", STR_INIT("Firefox")},
	{"FxiOS/", STR_INIT("Firefox")},
	{"CriOS/", STR_INIT("Chrome")},
	{"Chrome/", STR_INIT("Chrome")},
	{"Safari/", STR_INIT("Safari")},
};

static const struct word systems[] = {
	{"iPhone", STR_INIT("iPhone")},
	{"iPad", STR_INIT("iPad")},
	{"Android", STR_INIT("Android")},
	{"CrOS", STR_INIT("ChromeOS")},
	{"Windows", STR_INIT("Windows")},
	{"Mac OS X", STR_INIT("macOS")},
	{"Linux", STR_INIT("Linux")},
};

static struct str
find_word(struct str text, const struct word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (memmem(text.p, text.n, words[i].sign, strlen(words[i].sign)))
			return words[i].name;
	return STR_NONE;
}

/* At most max bytes, and no part of a character. */
static struct str
shortened(struct str s, size_t max)
{
	size_t n = 0;

	while (n < s.n) {
		size_t step = str_utf8_sequence(str_from(s, n));

		if (!step || n + step > max)
			break;
		n += step;
	}
	return str_first(s, n);
}

struct str
agent_words(struct arena *arena, struct str user_agent)
{
	struct str program, system;

	if (!user_agent.n)
		return STR_NONE;
	program = find_word(user_agent, programs, countof(programs));
	system = find_word(user_agent, systems, countof(systems));
	if (program.n && system.n)
		return str_printf(arena, "%.*s on %.*s", STR_ARG(program), STR_ARG(system));
	return program.n ? program : shortened(user_agent, SHOWN_MAX);
}
