/*
 * An operation from its key to the last answer: a job.
 *
 * A job belongs to the form that asks for what the operation takes; one that has nothing to ask
 * has a form that nobody sees, unless the server takes its time.  Several rows are done one after
 * the other; leaving the form stops behind the one that is under way.
 */
#include "admin-tui/operate.h"

#include "admin-tui/ask.h"
#include "admin-tui/form.h"
#include "admin-tui/item.h"
#include "admin-tui/list.h"
#include "admin-tui/reveal.h"
#include "admin-tui/value.h"
#include "lib/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_MAX = 120, TOKENS_ASKED = 200 };

struct target {
	char ids[DOOR_IDS_MAX][TUI_ID_MAX];
};

struct job {
	const struct op *op;
	const struct resource *rows; /* of what it is done to */
	struct target *targets;
	size_t count, at, failed;
	char name[TUI_ID_MAX]; /* of the first */
	char version[VERSION_MAX];
	char failure[300];
	struct tui_form *form;
	bool is_edit, is_tagged;
};

/* ---- words ---- */

static struct str
capital(struct arena *arena, const char *verb)
{
	return str_printf(arena, "%c%s", *verb - 'a' + 'A', verb + 1);
}

static struct str
what_of(struct arena *arena, const struct job *j)
{
	const struct resource *r = &resources[j->op->resource];

	if (j->count > 1)
		return str_printf(arena, "%zu %s", j->count, j->rows->plural);
	return *j->name ? str_printf(arena, "%s \"%s\"", r->noun, j->name)
			: str_printf(arena, "the %s", r->noun);
}

/* Questions of lib/ops hold %s once; paths of keys name an algorithm. */
static struct str
question_of(struct arena *arena, const struct job *j)
{
	struct str rest = str_of(j->op->question), before;
	bool is_id = str_is(op_param(j->op, 0), "id");

	if (!rest.n)
		return str_printf(arena, "%.*s %.*s?", STR_ARG(capital(arena, j->op->verb)),
			STR_ARG(what_of(arena, j)));
	before = str_cut(&rest, '%');
	if (!rest.n)
		return before;
	return str_printf(arena, "%.*s%.*s%.*s", STR_ARG(before),
		STR_ARG(is_id ? what_of(arena, j) : str_of(j->targets[0].ids[0])),
		STR_ARG(str_from(rest, 1)));
}

/* ---- what it ends ---- */

static const struct op_field *
tokens_of(const struct op *op)
{
	return op_input_named(&ops[OP_token_list], str_of(resources[op->resource].noun));
}

static void
tell_consequence(struct tui *tui, struct tui_request *request)
{
	struct job *j = request->owner;
	const struct json *json = request->answer.json, *row;
	struct str users[TOKENS_ASKED];
	size_t tokens = 0, count = 0;
	bool more;

	(void)tui;
	if (request->answer.outcome != DOOR_ANSWERED)
		return;
	more = json_get_str(json, "next").n > 0;
	for (; tokens < TOKENS_ASKED && (row = json_array_object(json, "tokens", tokens));
		tokens++) {
		struct str user = json_get_str(row, "user_id");
		size_t i = 0;

		while (i < count && !str_eq(users[i], user))
			i++;
		if (i == count && user.n)
			users[count++] = user;
	}
	if (!tokens)
		j->form->consequence = STR("No living token depends on it.");
	else
		j->form->consequence =
			str_printf(&j->form->arena, "It ends %s%zu living token%s of %s%zu user%s.",
				more ? "more than " : "", tokens, tokens == 1 ? "" : "s",
				more ? "at least " : "", count, count == 1 ? "" : "s");
}

static void
ask_consequence(struct tui *tui, struct job *j)
{
	const struct op *list = &ops[OP_token_list];
	struct door_value values[] = {{tokens_of(j->op), str_of(j->targets[0].ids[0])},
		{op_input_named(list, STR("active")), STR("true")},
		{op_input_named(list, STR("limit")), STR("200")}};
	struct door_question question = {
		.op = list, .values = values, .value_count = countof(values)};

	if (j->count == 1 && values[0].field && op_param_count(j->op) == 1 &&
		(j->op->effect == OP_STOPS || j->op->effect == OP_DESTROYS))
		tui_ask(tui, tui_request_new(j, tell_consequence), &question);
}

/* ---- doing it ---- */

static void send_next(struct tui *, struct job *);

static void
remember_undo(struct tui *tui, const struct job *j)
{
	const struct op *undo = op_undo(j->op);

	tui->undo.op = j->count == 1 ? undo : NULL;
	if (!tui->undo.op)
		return;
	memcpy(tui->undo.ids, j->targets[0].ids, sizeof tui->undo.ids);
	(void)snprintf(tui->undo.what, sizeof tui->undo.what, "%s", j->name);
}

/* What is gone has no screen; what can only be seen in its list is seen there again. */
static void
leave_item(struct tui *tui, const struct job *j)
{
	struct tui_item *it = tui_item_of(tui_top(tui));

	if (it && !it->tab && it->resource->id == j->op->resource &&
		(!it->show || !strcmp(j->op->method, "DELETE")) && tui->view_count > 1)
		tui_pop(tui);
}

static void
untag(struct tui *tui)
{
	struct tui_item *it = tui_item_of(tui_top(tui));
	struct tui_list *l = tui_list_of(tui_top(tui));

	if (it)
		l = tui_item_list(tui, it);
	if (l)
		tui_list_untag(l);
}

static void
say_done(struct tui *tui, const struct job *j)
{
	struct arena arena = {0};

	if (j->failed)
		tui_say(tui, ROLE_BAD, "%s: %zu of %zu failed; the last: %s", j->op->verb,
			j->failed, j->count, j->failure);
	else
		tui_say(tui, ROLE_GOOD, "Done: %s %.*s.%s", j->op->verb,
			STR_ARG(what_of(&arena, j)), tui->undo.op ? "  z undoes it." : "");
	arena_free(&arena);
}

static void
finish(struct tui *tui, struct job *j, struct tui_request *request)
{
	const struct resource *r = &resources[j->op->row];
	bool reveals = j->op->answer == OP_MADE || j->op->answer == OP_REVEALS;
	struct arena arena = {0};
	struct str what = j->op->answer == OP_MADE ? tui_row_name(&arena, r, request->answer.json)
						   : str_of(j->name);

	what = str_printf(&arena, "%s %.*s", r->noun ? r->noun : "", STR_ARG(what));
	remember_undo(tui, j);
	leave_item(tui, j);
	if (j->is_tagged)
		untag(tui);
	say_done(tui, j);
	tui_refresh(tui);
	/* The job ends with its form. */
	tui_dialog_pop(tui);
	if (reveals)
		(void)tui_reveal(tui, r, request->answer.json, what);
	arena_free(&arena);
}

/* Somebody else was faster: what they made of it stands beside what is being typed. */
static void
show_other(struct tui *tui, struct tui_request *request)
{
	struct job *j = request->owner;
	struct tui_form *f = j->form;

	(void)tui;
	if (request->answer.outcome != DOOR_ANSWERED) {
		tui_form_refuse(f, request->answer.problem);
		return;
	}
	for (size_t i = 0; i < f->count; i++) {
		struct tui_field *field = &f->fields[i];
		struct str theirs = tui_value(&f->arena, request->answer.json, field->field->name);

		if (field->field->kind == OP_FLAG)
			theirs = json_get_bool(request->answer.json, field->field->name, false)
					 ? STR("true")
					 : STR("false");
		if (str_eq(theirs, field->before))
			continue;
		(void)snprintf(field->problem, sizeof field->problem, "now: %.*s", STR_ARG(theirs));
		if (str_eq(tui_line_str(&field->line), field->before))
			tui_line_set(&field->line, theirs);
		field->before = str_copy(&f->arena, theirs);
	}
	(void)snprintf(j->version, sizeof j->version, "%.*s", STR_ARG(request->answer.version));
	tui_form_refuse(
		f, STR("Somebody has changed it since. Beside each field is what it is now; "
		       "^S saves what you see."));
}

static void
ask_row(struct tui *tui, struct job *j, tui_answered *answered)
{
	const struct op *show = op_named(&resources[j->op->resource], STR("show"));
	struct door_question question = {.op = show, .ids = {str_of(j->targets[0].ids[0])}};

	tui_ask(tui, tui_request_new(j, answered), &question);
}

static void
answered(struct tui *tui, struct tui_request *request)
{
	struct job *j = request->owner;
	const struct door_answer *a = &request->answer;

	if (a->outcome == DOOR_CHANGED && j->is_edit) {
		ask_row(tui, j, show_other);
		return;
	}
	if (a->outcome != DOOR_ANSWERED) {
		if (j->count == 1) {
			tui_form_refuse(j->form, a->problem);
			return;
		}
		j->failed++;
		(void)snprintf(j->failure, sizeof j->failure, "%.*s", STR_ARG(a->problem));
	}
	if (++j->at < j->count) {
		send_next(tui, j);
		return;
	}
	finish(tui, j, request);
}

static void
send_next(struct tui *tui, struct job *j)
{
	struct door_value values[TUI_FORM_FIELDS];
	struct door_question question = {.op = j->op, .values = values};
	struct tui_request *request = tui_request_new(j, answered);

	question.value_count = tui_form_values(j->form, j->is_edit, values, countof(values));
	for (size_t i = 0; i < question.value_count; i++)
		values[i].text = str_copy(&request->arena, values[i].text);
	for (size_t i = 0; i < DOOR_IDS_MAX && j->count; i++)
		question.ids[i] = str_of(j->targets[j->at].ids[i]);
	question.version = str_of(j->version);
	if (j->count > 1)
		(void)snprintf(j->form->problem, sizeof j->form->problem,
			"%zu of %zu; Esc stops behind this one", j->at + 1, j->count);
	tui_ask(tui, request, &question);
}

static void
submitted(struct tui *tui, struct tui_form *f)
{
	struct job *j = f->owner;

	if (j->is_edit && !tui_form_is_changed(f)) {
		tui_dialog_pop(tui);
		tui_say(tui, ROLE_TEXT, "Nothing was changed.");
		return;
	}
	f->is_busy = true;
	j->at = j->failed = 0;
	send_next(tui, j);
}

static void
ended(struct tui *tui, struct tui_form *f)
{
	struct job *j = f->owner;

	tui_ask_cancel(tui, j);
	if (f->is_busy && j->at < j->count && j->at)
		tui_say(tui, ROLE_WARN, "Stopped behind %zu of %zu.", j->at, j->count);
	free(j->targets);
	free(j);
}

/* ---- beginning ---- */

static void
show_edit(struct tui *tui, struct tui_request *request)
{
	struct job *j = request->owner;
	struct tui_form *f = j->form;

	if (request->answer.outcome != DOOR_ANSWERED) {
		tui_say(tui, ROLE_BAD, "%.*s", STR_ARG(request->answer.problem));
		tui_dialog_pop(tui);
		return;
	}
	tui_form_fill(f, request->answer.json);
	(void)snprintf(j->version, sizeof j->version, "%.*s", STR_ARG(request->answer.version));
	f->is_hidden = f->is_busy = false;
}

static const char *
button_of(struct arena *arena, const struct op *op)
{
	if (op->says & OP_EDIT)
		return "Save";
	return str_c(arena, capital(arena, op->verb));
}

static void
show_form(struct tui *tui, struct job *j)
{
	struct tui_form *f = tui_form_new(j->op, "");
	struct arena *a = &f->arena;
	bool asks = j->op->question || j->count > 1;

	j->form = f;
	f->button = button_of(a, j->op);
	f->owner = j;
	f->submit = submitted;
	f->ended = ended;
	f->title = str_printf(a, "%.*s %s%s%s", STR_ARG(capital(a, j->op->verb)),
		resources[j->op->resource].noun, *j->name ? " " : "", j->name);
	if (asks)
		f->question = question_of(a, j);
	if (j->op->effect == OP_DESTROYS)
		f->name = j->count > 1 ? str_printf(a, "%zu", j->count) : str_of(j->name);
	f->is_hidden = j->is_edit || (!asks && !f->count);
	tui_form_show(tui, f, asks);
	if (j->is_edit) {
		f->is_busy = true;
		ask_row(tui, j, show_edit);
	} else if (f->is_hidden) {
		submitted(tui, f);
	} else {
		ask_consequence(tui, j);
	}
}

static struct tui_list *
list_here(struct tui *tui)
{
	struct tui_item *it = tui_item_of(tui_top(tui));

	return it ? tui_item_list(tui, it) : tui_list_of(tui_top(tui));
}

/* Of the row, or of whom the row belongs to: what the path names first. */
static void
take_name(struct job *j, const struct tui_subject *s, struct arena *arena)
{
	bool is_parent =
		s->parent && s->parent->id == j->op->resource && s->resource->id != j->op->resource;
	struct str name = is_parent ? s->parent_name : tui_row_name(arena, s->resource, s->row);

	(void)snprintf(j->name, sizeof j->name, "%.*s", STR_ARG(name));
}

/* The rows that are tagged and still there, or the one that is selected. */
static void
find_targets(struct tui *tui, const struct tui_offer *offer, struct job *j)
{
	const struct tui_list *l = list_here(tui);
	size_t params = op_param_count(j->op);
	struct arena arena = {0};
	bool may_many = l && l->tag_count && params && !j->is_edit && j->op->answer == OP_DONE;
	size_t rows = may_many ? l->count : 1;

	j->targets = xcalloc(rows, sizeof *j->targets);
	for (size_t i = 0; params && i < rows; i++) {
		struct tui_offer one = *offer;
		struct target *t = &j->targets[j->count];

		if (may_many)
			one.subject.row = tui_list_row(l, i);
		if (may_many && !tui_list_is_tagged(l,
					tui_row_id(&arena, one.subject.resource, one.subject.row)))
			continue;
		for (size_t k = 0; k < params && k < DOOR_IDS_MAX; k++)
			(void)snprintf(t->ids[k], sizeof t->ids[k], "%.*s",
				STR_ARG(tui_offer_id(&one, j->op, k, &arena)));
		if (!j->count++)
			take_name(j, &one.subject, &arena);
	}
	j->is_tagged = may_many;
	if (!j->count)
		j->count = 1;
	arena_free(&arena);
}

static void
show_list(struct tui *tui, const struct op *op)
{
	tui_push(tui, &tui_list_new(tui, op, NULL, STR_NONE)->view);
}

void
tui_operate(struct tui *tui, const struct tui_offer *offer, const struct op *op)
{
	struct job *j;

	if (op->effect == OP_LOOKS) {
		show_list(tui, op);
		return;
	}
	if (!tui_may_write(tui)) {
		tui_say(tui, ROLE_WARN, "This console only looks (RO).");
		return;
	}
	if (!tui->is_connected) {
		tui_say(tui, ROLE_WARN, "Not while nobody answers.");
		return;
	}
	j = xcalloc(1, sizeof *j);
	j->op = op;
	j->rows = offer->subject.resource ? offer->subject.resource : &resources[op->resource];
	j->is_edit = op->says & OP_EDIT;
	find_targets(tui, offer, j);
	show_form(tui, j);
}

void
tui_undo(struct tui *tui)
{
	struct job *j;

	if (!tui->undo.op) {
		tui_say(tui, ROLE_WARN, "There is nothing that could be undone.");
		return;
	}
	j = xcalloc(1, sizeof *j);
	j->op = tui->undo.op;
	j->rows = &resources[j->op->resource];
	j->targets = xcalloc(1, sizeof *j->targets);
	j->count = 1;
	memcpy(j->targets[0].ids, tui->undo.ids, sizeof j->targets[0].ids);
	(void)snprintf(j->name, sizeof j->name, "%s", tui->undo.what);
	tui->undo.op = NULL;
	show_form(tui, j);
}
