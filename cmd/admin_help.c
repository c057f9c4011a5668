/* Usage of `authgate admin`: of all of it, of a noun, of one operation. */
#include "cmd/admin.h"

#include <ctype.h>
#include <string.h>

enum { COLUMNS = 80, INDENT = 6, FLAG_MAX = 64 };

/* Words in lines of at most 80 columns. */
static void
print_wrapped(FILE *out, int indent, const char *text)
{
	size_t column = COLUMNS;

	STR_EACH (word, str_of(text)) {
		if (column + 1 + word.n > COLUMNS) {
			(void)fprintf(out, "%s%*s", column == COLUMNS ? "" : "\n", indent, "");
			column = (size_t)indent;
		} else {
			(void)fputc(' ', out);
			column++;
		}
		(void)fprintf(out, "%.*s", STR_ARG(word));
		column += word.n;
	}
	(void)fputc('\n', out);
}

/* "NOUN VERB ID..." */
static const char *
call_of(struct arena *arena, const struct op *op)
{
	struct str text = str_printf(arena, "%s %s", resources[op->resource].noun, op->verb);

	for (size_t i = 0; i < op_param_count(op); i++) {
		struct str param = str_copy(arena, op_param(op, i));

		for (char *p = (char *)(uintptr_t)param.p; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		text = str_printf(arena, "%.*s %.*s", STR_ARG(text), STR_ARG(param));
	}
	return text.p;
}

static void
print_operations(FILE *out, struct arena *arena, const struct resource *r)
{
	for (size_t i = 0; i < OP_COUNT; i++)
		if (ops[i].resource == r->id)
			(void)fprintf(out, "  %-30s %s\n", call_of(arena, &ops[i]), ops[i].help);
}

static void
print_option(FILE *out, struct arena *arena, const struct op *op, const struct op_field *field)
{
	char buffer[FLAG_MAX];
	const char *value = admin_option_value(arena, field);
	bool is_needed = op && op_needs(op, field);

	(void)fprintf(out, "  --%s%s%s%s", op_flag(field, buffer), *value ? " " : "", value,
		field->kind == OP_WORDS ? " ..." : "");
	if (admin_option_has_no(op, field))
		(void)fprintf(out, ", --no-%s", buffer);
	(void)fputs("\n", out);
	print_wrapped(out, INDENT,
		arena_printf(arena, "%s%s%s", field->help, is_needed ? " (needed)" : "",
			field->kind == OP_SECRET ? "; the first line of standard input" : ""));
}

static void
print_options(FILE *out, struct arena *arena, const struct op *op, bool want_common)
{
	const struct op_field *field;
	bool is_common, any = false;

	for (size_t i = 0; (field = admin_option(op, i, &is_common)); i++) {
		if (is_common != want_common)
			continue;
		if (!any)
			(void)fputs(
				want_common ? "\nOptions of every operation:\n" : "\nOptions:\n",
				out);
		any = true;
		print_option(out, arena, op, field);
	}
}

static void
print_example(FILE *out, struct arena *arena, const struct op *op)
{
	const struct resource *r = &resources[op->resource];

	(void)fprintf(out, "\nExample:\n  authgate admin %s %s", r->noun, op->verb);
	for (size_t i = 0; i < op_param_count(op); i++) {
		struct str param = op_param(op, i);

		(void)fprintf(out, " %s",
			str_is(param, "alg")         ? "ES256"
			: str_is(param, "client_id") ? resources[RESOURCE_client].example_id
						     : r->example_id);
	}
	(void)fprintf(out, "%s%s\n", op->example ? " " : "", op->example ? op->example : "");
	(void)arena;
}

static const char *
needed_options(struct arena *arena, const struct op *op)
{
	struct str text = STR("");
	const struct op_field *field;
	char buffer[FLAG_MAX];

	for (size_t i = 0; (field = op_input(op, i)); i++)
		if (op_needs(op, field))
			text = str_printf(arena, "%.*s --%s %s", STR_ARG(text),
				op_flag(field, buffer), admin_option_value(arena, field));
	return str_c(arena, text);
}

static void
print_operation(FILE *out, struct arena *arena, const struct op *op)
{
	const struct resource *r = &resources[op->resource];

	(void)fprintf(out, "usage: authgate admin %s%s [OPTION]...\n\n", call_of(arena, op),
		needed_options(arena, op));
	print_wrapped(out, 2, op->help);
	if (op_param(op, 0).n && str_is(op_param(op, 0), "id"))
		(void)fprintf(out, "  ID: %s\n", r->id_help);
	if (op->says & OP_EDIT)
		(void)fputs("  An empty value (\"\") clears what may be empty.\n", out);
	print_options(out, arena, op, false);
	print_options(out, arena, op, true);
	print_example(out, arena, op);
	(void)fputs("\nThe manual is authgate-admin(8).\n", out);
}

void
admin_help(FILE *out, struct arena *arena, const struct admin_call *c)
{
	if (c->op) {
		print_operation(out, arena, c->op);
		return;
	}
	(void)fprintf(out, "usage: authgate admin %s VERB [ID] [OPTION]...\n",
		c->resource ? c->resource->noun : "NOUN");
	if (!c->resource)
		(void)fputs("       authgate admin backup [--config FILE] FILE\n", out);
	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		if (!resources[i].noun || (c->resource && c->resource != &resources[i]))
			continue;
		(void)fputc('\n', out);
		print_operations(out, arena, &resources[i]);
	}
	if (!c->resource) {
		(void)fputs("\n  backup FILE                    copy the SQLite database while "
			    "the server runs\n",
			out);
		print_options(out, arena, NULL, true);
	}
	(void)fprintf(out, "\n`authgate admin %s --help` explains one, option by option.\n",
		c->resource ? arena_printf(arena, "%s VERB", c->resource->noun) : "NOUN VERB");
}

/* ---- the manual ---- */

static void
print_mdoc(FILE *out, const char *text)
{
	for (const char *p = text; *p; p++)
		(void)fprintf(out, "%s%c", *p == '\\' ? "\\e" : "", *p == '\\' ? ' ' : *p);
}

static void
manual_option(FILE *out, struct arena *arena, const struct op *op, const struct op_field *field)
{
	char buffer[FLAG_MAX];
	const char *value = admin_option_value(arena, field);

	(void)fprintf(out, ".It Fl -%s%s%s%s\n", op_flag(field, buffer), *value ? " Ar " : "",
		value, field->kind == OP_WORDS ? " ..." : "");
	if (admin_option_has_no(op, field))
		(void)fprintf(out, "(or\n.Fl -no-%s )\n", buffer);
	print_mdoc(out, field->help);
	(void)fputs(".\n", out);
}

static void
manual_operation(FILE *out, struct arena *arena, const struct op *op)
{
	const struct op_field *field;
	bool is_common, any = false;
	struct str param;

	(void)fprintf(out, ".It Cm %s", op->verb);
	for (size_t i = 0; (param = op_param(op, i)).n; i++)
		(void)fprintf(out, " Ar %.*s", STR_ARG(param));
	(void)fputc('\n', out);
	print_mdoc(out, op->help);
	(void)fputs(op->question ? "; asks first.\n" : ".\n", out);
	for (size_t i = 0; (field = admin_option(op, i, &is_common)) && !is_common; i++) {
		if (!any)
			(void)fputs(".Bl -tag -width Ds -compact\n", out);
		any = true;
		manual_option(out, arena, op, field);
	}
	if (any)
		(void)fputs(".El\n", out);
}

void
admin_manual(FILE *out)
{
	struct arena arena = {0};
	const struct op_field *field;
	bool is_common;

	(void)fputs(".Sh OPTIONS\n.Bl -tag -width Ds\n", out);
	for (size_t i = 0; (field = admin_option(NULL, i, &is_common)); i++)
		manual_option(out, &arena, NULL, field);
	(void)fputs(".El\n.Sh OPERATIONS\n", out);
	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		if (!resources[i].noun)
			continue;
		(void)fprintf(out, ".Ss %s\n", resources[i].noun);
		print_mdoc(out, resources[i].about);
		(void)fputs("\n.Bl -tag -width Ds\n", out);
		for (size_t k = 0; k < OP_COUNT; k++)
			if (ops[k].resource == resources[i].id)
				manual_operation(out, &arena, &ops[k]);
		(void)fputs(".El\n", out);
	}
	arena_free(&arena);
}
