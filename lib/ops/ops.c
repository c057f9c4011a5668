/* The tables, and what follows from their rows. */
#include "lib/ops/ops.h"

#include "lib/base/compiler.h"

#include <stdio.h>
#include <string.h>

enum { FLAG_MAX = 64 };

const struct op_field op_fields[FIELD_COUNT] = {
#define FIELD(resource, kind, member, name, places, label, flag, choices, help) \
	{#name, OP_##kind, places, label, flag, choices, help},
#define EXTRA(resource, kind, name, places, label, flag, choices, help) \
	{#name, OP_##kind, places, label, flag, choices, help},
#include "lib/ops/all.def"
};

const struct resource resources[RESOURCE_COUNT] = {
#define RESOURCE(id, noun, plural, schema, name_field, id_help, example_id, about) \
	{RESOURCE_##id, noun, plural, schema, name_field, id_help, example_id, about, \
		op_fields + FIELDS_OF_##id, FIELDS_OF_##id, FIELDS_END_##id - FIELDS_OF_##id},
#include "lib/ops/all.def"
};

const struct op ops[OP_COUNT] = {
#define OP(resource, id, verb, method, path, effect, event, says, answer, row, key, help, \
	question, example) \
	{OP_##resource##_##id, RESOURCE_##resource, verb, #method, path, OP_##effect, #event, \
		says, OP_##answer, RESOURCE_##row, key, help, question, example},
#include "lib/ops/all.def"
};

static const struct {
	enum op_id op;
	struct op_field field;
} arguments[] = {
#define ARG(op, kind, name, places, label, flag, choices, help) \
	{OP_##op, {#name, OP_##kind, places, label, flag, choices, help}},
#include "lib/ops/all.def"
};

static const struct op_condition conditions[] = {
#define WHEN(op, member, words) {OP_##op, #member, words},
#include "lib/ops/all.def"
};

static const struct {
	enum op_id op, opposite;
} undos[] = {
#define UNDO(op, opposite) {OP_##op, OP_##opposite},
#include "lib/ops/all.def"
};

static const struct op_field window[] = {
	{"limit", OP_NUMBER, 0, "Rows", NULL, NULL, "how many rows, 1 to 200 (default: 50)"},
	{"after", OP_TEXT, 0, "After", NULL, NULL, "go on behind this: next of the answer before"},
};

/* ---- what an operation takes ---- */

/* Those in a list that count, until *i of them have been seen. */
static const struct op_field *
field_said(const struct op *op, size_t *i)
{
	const struct resource *r = &resources[op->resource];
	unsigned says = op->says & (OP_CREATE | OP_EDIT | OP_FILTER);

	for (size_t f = 0; f < r->field_count; f++)
		if (r->fields[f].places & says && !(*i)--)
			return &r->fields[f];
	return NULL;
}

static const struct op_field *
argument_of(const struct op *op, size_t *i)
{
	for (size_t a = 0; op->says & OP_BODY && a < countof(arguments); a++)
		if (arguments[a].op == op->id && !(*i)--)
			return &arguments[a].field;
	return NULL;
}

const struct op_field *
op_input(const struct op *op, size_t i)
{
	const struct op_field *field;

	if ((field = field_said(op, &i)) || (field = argument_of(op, &i)))
		return field;
	return op->says & OP_WINDOW && i < countof(window) ? &window[i] : NULL;
}

bool
op_needs(const struct op *op, const struct op_field *field)
{
	return field->places & OP_NEED && (op->says & OP_CREATE || !(field->places & OP_CREATE));
}

const struct op_field *
op_input_named(const struct op *op, struct str name)
{
	const struct op_field *field;

	for (size_t i = 0; (field = op_input(op, i)); i++)
		if (str_is(name, field->name))
			return field;
	return NULL;
}

const char *
op_flag(const struct op_field *field, char buffer[static FLAG_MAX])
{
	(void)snprintf(buffer, FLAG_MAX, "%s%s", field->flag ? field->flag : field->name,
		field->kind == OP_SECRET ? "-stdin" : "");
	for (char *p = buffer; *p; p++)
		if (*p == '_')
			*p = '-';
	return buffer;
}

const struct op_field *
op_input_flagged(const struct op *op, struct str flag)
{
	const struct op_field *field;
	char buffer[FLAG_MAX];

	for (size_t i = 0; (field = op_input(op, i)); i++)
		if (str_is(flag, op_flag(field, buffer)))
			return field;
	return NULL;
}

bool
op_has_body(const struct op *op)
{
	return strcmp(op->method, "GET") != 0 && op->says;
}

struct str
op_param(const struct op *op, size_t i)
{
	const char *at = op->path;

	while ((at = strchr(at, ':'))) {
		at++;
		if (!i--)
			return (struct str){at, strcspn(at, "/")};
	}
	return STR_NONE;
}

size_t
op_param_count(const struct op *op)
{
	size_t n = 0;

	while (op_param(op, n).n)
		n++;
	return n;
}

unsigned
op_shows(const struct op *op)
{
	switch (op->answer) {
	case OP_DONE: return 0;
	case OP_MADE: return OP_SHOW | OP_ONCE;
	case OP_REVEALS: return OP_ONCE;
	case OP_ITEM:
	case OP_ROWS: break;
	}
	return OP_SHOW;
}

const struct op_condition *
op_when(const struct op *op)
{
	for (size_t i = 0; i < countof(conditions); i++)
		if (conditions[i].op == op->id)
			return &conditions[i];
	return NULL;
}

const struct op *
op_undo(const struct op *op)
{
	for (size_t i = 0; i < countof(undos); i++)
		if (undos[i].op == op->id)
			return &ops[undos[i].opposite];
	return NULL;
}

/* ---- by name ---- */

const struct resource *
resource_named(struct str noun)
{
	for (size_t i = 0; i < RESOURCE_COUNT; i++)
		if (resources[i].noun && str_is(noun, resources[i].noun))
			return &resources[i];
	return NULL;
}

const struct op *
op_named(const struct resource *r, struct str verb)
{
	for (size_t i = 0; i < OP_COUNT; i++)
		if (ops[i].resource == r->id && str_is(verb, ops[i].verb))
			return &ops[i];
	return NULL;
}

const struct op_field *
resource_field(const struct resource *r, struct str name)
{
	for (size_t i = 0; i < r->field_count; i++)
		if (str_is(name, r->fields[i].name))
			return &r->fields[i];
	return NULL;
}
