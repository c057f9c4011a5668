/* Which operations make sense where somebody stands. */
#include "admin-tui/operate.h"

#include "admin-tui/value.h"

#include <string.h>

/* What takes the place of the path's i-th parameter. */
struct str
tui_offer_id(const struct tui_offer *offer, const struct op *op, size_t i, struct arena *arena)
{
	const struct tui_subject *s = &offer->subject;
	const struct resource *of = &resources[op->resource];
	struct str param = op_param(op, i), member = param;

	if (!s->resource)
		return STR_NONE;
	if (str_is(param, "id")) {
		if (s->resource->id == op->resource)
			return tui_row_id(arena, s->resource, s->row);
		member = str_printf(arena, "%s_id", of->noun);
	}
	if (s->row && json_has(s->row, str_c(arena, member)))
		return tui_value(arena, s->row, str_c(arena, member));
	if (s->parent && s->parent->noun &&
		str_eq(member, str_printf(arena, "%s_id", s->parent->noun)))
		return s->parent_id;
	return STR_NONE;
}

static bool
is_in_state(const struct tui_offer *offer, const struct op *op, struct arena *arena)
{
	const struct op_condition *when = op_when(op);
	const struct tui_subject *s = &offer->subject;

	if (!when)
		return true;
	if (!s->row)
		return false;
	STR_EACH (word, str_of(when->words))
		if (str_eq(word, tui_value(arena, s->row, when->member)))
			return true;
	return false;
}

/* One that shows is a screen or a tab, unless it has a key of its own. */
static bool
is_offered(const struct tui_offer *offer, const struct op *op, struct arena *arena)
{
	const struct tui_subject *s = &offer->subject;
	size_t params = op_param_count(op);

	if (!s->resource || (op->effect == OP_LOOKS && !op->key))
		return false;
	if (!params)
		return s->resource->id == op->resource && !s->parent && op->key;
	/* What belongs to another is offered where both are known. */
	if (op->resource != s->resource->id && params < 2)
		return false;
	for (size_t i = 0; i < params; i++)
		if (!tui_offer_id(offer, op, i, arena).n)
			return false;
	return op->resource != s->resource->id || is_in_state(offer, op, arena);
}

struct tui_offer
tui_offer_of(struct tui_view *v)
{
	struct tui_offer offer = {.subject = {.resource = NULL}};

	if (v && v->kind->subject)
		offer.subject = v->kind->subject(v);
	return offer;
}

const struct op *
tui_offer_op(const struct tui_offer *offer, size_t i)
{
	struct arena arena = {0};
	const struct op *found = NULL;

	for (size_t o = 0; !found && o < OP_COUNT; o++)
		if (is_offered(offer, &ops[o], &arena) && !i--)
			found = &ops[o];
	arena_free(&arena);
	return found;
}

const struct op *
tui_offer_key(const struct tui_offer *offer, uint32_t code)
{
	const struct op *op;

	for (size_t i = 0; (op = tui_offer_op(offer, i)); i++)
		if (op->key && (uint32_t)op->key == code)
			return op;
	return NULL;
}

const struct op *
tui_offer_verb(const struct tui_offer *offer, struct str verb)
{
	const struct op *op;

	for (size_t i = 0; (op = tui_offer_op(offer, i)); i++)
		if (str_is(verb, op->verb))
			return op;
	return NULL;
}
