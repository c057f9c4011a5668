/* Scope lists as sets. */
#include "lib/oauth/scope.h"

#include "lib/base/buf.h"

static const char *const personal[] = {"openid", "profile", "email", "offline_access", SCOPE_ADMIN};

bool
scope_has(struct str list, struct str scope)
{
	STR_EACH (word, list)
		if (str_eq(word, scope))
			return true;
	return false;
}

bool
scope_is_personal(struct str scope)
{
	for (size_t i = 0; i < countof(personal); i++)
		if (str_is(scope, personal[i]))
			return true;
	return false;
}

/* scope-token of RFC 6749 appendix A.4, and the single space between them. */
static bool
is_scope_char(char c)
{
	return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';
}

bool
scope_is_well_formed(struct str s)
{
	if (s.n > SCOPE_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_scope_char(s.p[i]))
			return false;
	return true;
}

static void
add_word(struct buf *list, struct str word)
{
	if (scope_has(buf_str(list), word))
		return;
	if (list->n)
		buf_add_char(list, ' ');
	buf_add(list, word);
}

enum err
scope_grant(struct arena *arena, struct str requested, struct str allowed, struct str *ret)
{
	struct buf granted;

	if (!requested.n) {
		*ret = allowed;
		return OK;
	}
	if (!scope_is_well_formed(requested))
		return ERR_INVALID_SCOPE;
	buf_init(&granted, arena, SCOPE_MAX);
	STR_EACH (word, requested) {
		if (!scope_has(allowed, word))
			return ERR_INVALID_SCOPE;
		add_word(&granted, word);
	}
	if (!granted.n)
		return ERR_INVALID_SCOPE;
	*ret = buf_str(&granted);
	return OK;
}

bool
scope_covers(struct str list, struct str asked)
{
	STR_EACH (word, asked)
		if (!scope_has(list, word))
			return false;
	return true;
}

struct str
scope_intersection(struct arena *arena, struct str a, struct str b)
{
	struct buf kept;

	buf_init(&kept, arena, a.n);
	STR_EACH (word, a)
		if (scope_has(b, word))
			add_word(&kept, word);
	return buf_str(&kept);
}

struct str
scope_union(struct arena *arena, struct str a, struct str b)
{
	struct buf all;

	buf_init(&all, arena, a.n + b.n + 1);
	STR_EACH (word, a)
		add_word(&all, word);
	STR_EACH (word, b)
		add_word(&all, word);
	return buf_str(&all);
}

struct str
scope_without(struct arena *arena, struct str list, const char *word)
{
	struct buf kept;

	buf_init(&kept, arena, list.n);
	STR_EACH (each, list)
		if (!str_is(each, word))
			add_word(&kept, each);
	return buf_str(&kept);
}

/* What only a person can give, whatever else the list holds. */
static bool
needs_person(struct str word)
{
	return str_is(word, "openid") || str_is(word, "offline_access") ||
	       str_is(word, SCOPE_ADMIN);
}

struct str
scope_for_machines(struct arena *arena, struct str list)
{
	struct buf own, words;

	buf_init(&own, arena, list.n);
	buf_init(&words, arena, list.n);
	STR_EACH (word, list) {
		if (!scope_is_personal(word))
			add_word(&own, word);
		if (!needs_person(word))
			add_word(&words, word);
	}
	return buf_str(own.n ? &own : &words);
}
