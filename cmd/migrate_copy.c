/* `authgate migrate copy`: the whole installation into another database. */
#include "cmd/migrate.h"

#include "cmd/command.h"
#include "cmd/place.h"
#include "cmd/progress.h"

#include "lib/oauth/keys.h"
#include "lib/store/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_SHOWN = 8 };

struct copying {
	struct progress progress;
	const char *table; /* that it is about */
};

static void
show_progress(void *context, const struct copy_progress *p)
{
	struct copying *c = context;

	if (c->table != p->table)
		progress_begin(&c->progress, "copied", "rows");
	c->table = p->table;
	if (!p->done) {
		progress_step(&c->progress, p->rows, p->total, str_of(p->table));
		return;
	}
	progress_end(&c->progress);
	(void)printf("%-20s %10lld rows  ", p->table, (long long)p->rows);
	for (int i = 0; i < DIGEST_SHOWN; i++)
		(void)printf("%02x", p->digest.bytes[i]);
	(void)printf("\n");
	(void)fflush(stdout);
	if (p->repaired)
		(void)fprintf(stderr, "%s: %lld texts were no UTF-8: '?' stands for what was not\n",
			p->table, (long long)p->repaired);
}

/* The keys came along sealed: the server that opens the copy needs the secret they
 * were sealed with. */
static enum err
check_keys(const struct migrate_call *call, struct store *s, struct diag *d)
{
	struct signing_key rows[SIGNING_KEYS_MAX];
	size_t count;
	enum err e = signing_key_list(s, call->arena, rows, &count);

	for (size_t i = 0; i < count && !e; i++) {
		struct key *key = NULL;

		e = keys_open(call->arena, call->config, &rows[i], &key, d);
		key_free(key);
	}
	return e;
}

static void
tell_about_keys(const struct migrate_call *call, const struct store_setup *to)
{
	struct store *s = NULL;
	struct diag d = {""};

	if (store_open(to, &s, &d) || check_keys(call, s, &d))
		(void)fprintf(stderr, "authgate migrate: the copy is complete, but: %s\n", d.text);
	store_close(s);
}

/* What is issued once the snapshot has been taken would not be in the copy. */
static enum err
check_idle(const struct migrate_call *call, const struct store_setup *from, struct diag *d)
{
	bool in_use = false;
	enum err e = store_in_use(from, &in_use, d);

	if (e || !in_use)
		return e;
	if (!call->options->online)
		return diag_set(d, ERR_CONFLICT,
			"a server has the source open: what it issues from now on would be "
			"missing in the copy; stop it, or accept that with --online");
	(void)fprintf(stderr, "authgate migrate: a server has the source open: what it issues from "
			      "now on is not copied\n");
	return OK;
}

static bool
read_places(const struct migrate_call *call, struct store_setup *from, struct store_setup *to)
{
	*from = call->setup;
	*to = call->setup;
	return (!call->options->from || place_read(call->arena, call->options->from, from)) &&
	       (!call->options->to || place_read(call->arena, call->options->to, to));
}

int
migrate_copy(const struct migrate_call *call)
{
	struct copying copying = {.table = NULL};
	struct store_setup from, to;
	struct diag d = {""};
	enum err e;

	if (!call->options->from && !call->options->to)
		return command_usage("migrate");
	if (!read_places(call, &from, &to))
		return EXIT_USAGE;
	if (str_eq(from.driver, to.driver) && str_eq(from.dsn, to.dsn)) {
		(void)fprintf(stderr, "authgate migrate: source and target are the same\n");
		return EXIT_USAGE;
	}
	(void)fprintf(stderr, "copying %.*s to %.*s\n", STR_ARG(place_text(call->arena, &from)),
		STR_ARG(place_text(call->arena, &to)));
	if (!(e = check_idle(call, &from, &d)) &&
		!(e = copy_all(&from, &to, show_progress, &copying, &d)))
		tell_about_keys(call, &to);
	progress_end(&copying.progress);
	return migrate_told(e, &d);
}
