/* Reports, and what every table needs. */
#include "lib/import/importing.h"

#include "lib/base/clock.h"
#include "lib/base/timestamp.h"
#include "lib/oauth/scope.h"
#include "lib/store/client.h"
#include "lib/store/user.h"

enum { TOLD_OF_A_KIND = 10, NAME_SHOWN = 80 };

static const struct {
	const char *table, *sentence;
} reasons[REASON_COUNT] = {
#define REASON(name, table, sentence) [REASON_##name] = {table, sentence},
#include "lib/import/reasons.def"
#undef REASON
};

/* What stands in a foreign database may hold anything: it goes to a terminal. */
static struct str
shown(struct arena *a, struct str text)
{
	struct str s = str_first(text, NAME_SHOWN);
	char *copy = arena_copy(a, s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		if (copy[i] < 0x20 || copy[i] > 0x7e)
			copy[i] = '?';
	return (struct str){copy, s.n};
}

/* Each of these is somebody's to look at. */
static bool
needs_decision(enum reason reason)
{
	return reason == REASON_CLIENT_SCOPES || reason == REASON_CONNECTION ||
	       reason == REASON_CONNECTION_BY_EMAIL;
}

void
importing_note_why(struct importing *im, enum reason reason, struct str what, struct str why)
{
	struct str name = shown(&im->arena, what);

	if (!im->report->tell ||
		(++im->reasons[reason] > TOLD_OF_A_KIND && !needs_decision(reason)))
		return;
	im->report->tell(im->report->context,
		arena_printf(&im->arena, "%s: %.*s: %s%s%.*s", reasons[reason].table, STR_ARG(name),
			reasons[reason].sentence, why.n ? ": " : "",
			STR_ARG(shown(&im->arena, why))));
}

void
importing_note(struct importing *im, enum reason reason, struct str what)
{
	importing_note_why(im, reason, what, STR_NONE);
}

void
importing_sum_up(struct importing *im)
{
	for (size_t i = 0; i < REASON_COUNT; i++)
		if (im->reasons[i] > TOLD_OF_A_KIND && !needs_decision(i) && im->report->tell)
			im->report->tell(im->report->context,
				arena_printf(&im->arena, "%s: %lld more: %s", reasons[i].table,
					(long long)im->reasons[i] - TOLD_OF_A_KIND,
					reasons[i].sentence));
}

int64_t
importing_time(struct str text)
{
	int64_t ms;

	return timestamp_parse(text, &ms) || ms < 0 ? 0 : ms;
}

enum err
importing_scopes(struct importing *im, struct str scopes, struct str *ret)
{
	struct str words = scope_union(&im->arena, scopes, STR_NONE);

	return words.n ? scope_grant(&im->arena, words, words, ret) : ERR_INVALID_SCOPE;
}

enum err
importing_failed(struct importing *im, enum err e, const char *table)
{
	return diag_set(im->diag, e, "%s: %s", table, store_error(im->cx.store));
}

enum err
importing_find(struct importing *im, struct str user_id, struct str client_id, struct id ret[2])
{
	struct client client;
	struct user user;
	enum err e;

	if (id_parse(user_id, &ret[0]) || id_parse(client_id, &ret[1]))
		return ERR_NO_ROW;
	if ((e = user_by_id(im->cx.store, &im->arena, ret[0], &user)))
		return e;
	return client_by_id(im->cx.store, &im->arena, ret[1], &client);
}

void
importing_found(struct importing *im, enum from_go_table table)
{
	im->report->tables[table].found++;
	if (im->report->step)
		im->report->step(im->report->context, table, im->report);
}
