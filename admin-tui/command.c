/* Words of the command line. */
#include "admin-tui/command.h"

#include "admin-tui/dialog.h"
#include "admin-tui/open.h"
#include "admin-tui/operate.h"
#include "admin-tui/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 128, WORD_MAX = 64 };

struct tui_history {
	char *lines[TUI_HISTORY_MAX];
	size_t count;
	size_t at; /* count: the line that is being typed */
};

struct tui_history *
tui_history_new(void)
{
	return xcalloc(1, sizeof(struct tui_history));
}

void
tui_history_free(struct tui_history *h)
{
	while (h->count)
		free(h->lines[--h->count]);
	free(h);
}

static void
remember(struct tui_history *h, struct str text)
{
	if (h->count && str_is(text, h->lines[h->count - 1])) {
		h->at = h->count;
		return;
	}
	if (h->count == TUI_HISTORY_MAX) {
		free(h->lines[0]);
		memmove((void *)h->lines, (void *)(h->lines + 1), --h->count * sizeof h->lines[0]);
	}
	h->lines[h->count] = xcalloc(1, text.n + 1);
	memcpy(h->lines[h->count++], text.p, text.n);
	h->at = h->count;
}

static void
recall(struct tui *tui, bool is_older)
{
	struct tui_history *h = tui->history;

	if (is_older && h->at > 0)
		h->at--;
	else if (!is_older && h->at < h->count)
		h->at++;
	tui_line_set(&tui->line, h->at < h->count ? str_of(h->lines[h->at]) : STR_NONE);
}

/* ---- doing it ---- */

static int
screen_named(struct str word)
{
	for (int i = 0; i < TUI_SCREENS; i++) {
		const struct tui_screen *s = tui_screen(i);

		if (str_is_nocase(word, s->label) ||
			(s->op && resources[s->op->row].plural &&
				str_is(word, resources[s->op->row].plural)))
			return i;
	}
	return -1;
}

static bool
open_named(struct tui *tui, struct str word, struct str rest)
{
	const struct resource *r = resource_named(word);
	int screen = screen_named(word);

	if (screen >= 0) {
		tui_go(tui, screen);
		if (rest.n && tui_screen(screen)->op)
			tui_open_list(tui, tui_screen(screen)->op, rest);
		return true;
	}
	if (!r || !rest.n)
		return false;
	if (op_named(r, STR("show"))) {
		tui_open_item(tui, r, rest, NULL);
		return true;
	}
	return false;
}

/* A view of admin.yaml. */
static bool
open_saved(struct tui *tui, struct str word)
{
	const struct tui_settings *s = tui->options.settings;

	for (size_t i = 0; s && i < s->view_count; i++) {
		struct str rest = str_of(s->views[i].command), first;

		if (!str_is(word, s->views[i].name))
			continue;
		first = str_word(&rest);
		return open_named(tui, first, str_trim(rest));
	}
	return false;
}

static bool
operate_named(struct tui *tui, struct str verb)
{
	struct tui_offer offer = tui_offer_of(tui_top(tui));
	const struct op *op = tui_offer_verb(&offer, verb);

	if (op)
		tui_operate(tui, &offer, op);
	return op;
}

void
tui_command(struct tui *tui, struct str text)
{
	struct str rest = str_trim(text), word;

	if (!rest.n)
		return;
	remember(tui->history, rest);
	word = str_word(&rest);
	rest = str_trim(rest);
	if (str_is(word, "q") || str_is(word, "quit"))
		tui->quits = true;
	else if (str_is(word, "help"))
		tui_help(tui);
	else if (!open_saved(tui, word) && !open_named(tui, word, rest) &&
		 !operate_named(tui, word))
		tui_say(tui, ROLE_WARN, "There is no command %.*s here; ? shows what there is.",
			STR_ARG(word));
}

/* ---- completion ---- */

struct words {
	const char *words[WORDS_MAX];
	size_t count;
};

static void
add(struct words *w, const char *word)
{
	for (size_t i = 0; i < w->count; i++)
		if (!strcmp(w->words[i], word))
			return;
	if (w->count < WORDS_MAX)
		w->words[w->count++] = word;
}

static void
find_words(struct tui *tui, struct words *w)
{
	struct tui_offer offer = tui_offer_of(tui_top(tui));
	const struct tui_settings *s = tui->options.settings;
	const struct op *op;

	for (int i = 0; i < TUI_SCREENS; i++)
		if (tui_screen(i)->op && tui_screen(i)->op->resource != RESOURCE_server &&
			tui_screen(i)->op->resource != RESOURCE_audit)
			add(w, resources[tui_screen(i)->op->row].plural);
	add(w, "overview");
	add(w, "audit");
	add(w, "server");
	for (size_t i = 0; i < RESOURCE_COUNT; i++)
		if (resources[i].noun && op_named(&resources[i], STR("show")))
			add(w, resources[i].noun);
	for (size_t i = 0; (op = tui_offer_op(&offer, i)); i++)
		add(w, op->verb);
	for (size_t i = 0; s && i < s->view_count; i++)
		add(w, s->views[i].name);
	add(w, "help");
	add(w, "quit");
}

/* As much as all that begin so have in common. */
static void
complete(struct tui *tui)
{
	struct words w = {.count = 0};
	struct str typed = tui_line_str(&tui->line);
	const char *first = NULL;
	char list[256] = "";
	size_t common = 0, matches = 0, n = 0;

	find_words(tui, &w);
	for (size_t i = 0; i < w.count; i++) {
		const char *word = w.words[i];

		if (!str_starts(str_of(word), typed))
			continue;
		if (!matches++) {
			first = word;
			common = strlen(word);
		}
		for (size_t k = 0; k < common; k++)
			if (word[k] != first[k])
				common = k;
		if (n < sizeof list)
			n += (size_t)snprintf(list + n, sizeof list - n, "%s ", word);
	}
	if (!matches)
		return;
	if (matches == 1)
		tui_line_set(&tui->line, str_printf(&tui->canvas.arena, "%s ", first));
	else if (common > typed.n)
		tui_line_set(&tui->line, str_first(str_of(first), common));
	if (matches > 1)
		tui_say(tui, ROLE_DIM, "%s", list);
}

bool
tui_command_key(struct tui *tui, uint32_t code)
{
	switch (code) {
	case TUI_KEY_TAB: complete(tui); return true;
	case TUI_KEY_UP: recall(tui, true); return true;
	case TUI_KEY_DOWN: recall(tui, false); return true;
	default: return false;
	}
}
