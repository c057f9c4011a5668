/* The admin part of docs/openapi.yaml: paths, and the schemas of their answers. */
#include "cmd/admin.h"

#include <ctype.h>
#include <string.h>

/* ---- fields ---- */

static void
print_type(FILE *out, const char *indent, const struct op_field *f)
{
	static const char *const types[] = {
		[OP_ID] = "string",
		[OP_TEXT] = "string",
		[OP_CHOICE] = "string",
		[OP_WORDS] = "array",
		[OP_FLAG] = "boolean",
		[OP_NUMBER] = "integer",
		[OP_TIME] = "string",
		[OP_DURATION] = "string",
		[OP_SECRET] = "string",
	};

	(void)fprintf(out, "%stype: %s\n", indent, types[f->kind]);
	if (f->kind == OP_WORDS)
		(void)fprintf(out, "%sitems:\n%s  type: string\n", indent, indent);
	if (f->kind == OP_TIME)
		(void)fprintf(out, "%sformat: date-time\n", indent);
	if (f->kind != OP_CHOICE)
		return;
	(void)fprintf(out, "%senum:\n", indent);
	if (f->places & OP_BLANK)
		(void)fprintf(out, "%s- ''\n", indent);
	STR_EACH (word, str_of(f->choices))
		(void)fprintf(out, "%s- %.*s\n", indent, STR_ARG(word));
}

/* A sentence in single quotes. */
static void
print_text(FILE *out, const char *indent, const char *name, const char *text)
{
	(void)fprintf(out, "%s%s: '", indent, name);
	for (const char *p = text; *p; p++)
		(void)fprintf(out, "%s%c", *p == '\'' ? "'" : "",
			p == text ? toupper((unsigned char)*p) : *p);
	(void)fprintf(out, "%s'\n", text[strlen(text) - 1] == '.' ? "" : ".");
}

static void
print_schema(FILE *out, const struct resource *r, const char *name, unsigned shows)
{
	bool any = false;

	(void)fprintf(out, "    %s:\n      type: object\n", name);
	print_text(out, "      ", "description", r->about);
	for (size_t i = 0; i < r->field_count; i++) {
		if (!(r->fields[i].places & shows) || !(r->fields[i].places & OP_ALWAYS))
			continue;
		(void)fprintf(
			out, "%s      - %s\n", any ? "" : "      required:\n", r->fields[i].name);
		any = true;
	}
	(void)fputs("      properties:\n", out);
	for (size_t i = 0; i < r->field_count; i++) {
		if (!(r->fields[i].places & shows))
			continue;
		(void)fprintf(out, "        %s:\n", r->fields[i].name);
		print_type(out, "          ", &r->fields[i]);
		if (r->fields[i].kind == OP_ID)
			(void)fputs("          format: uuid\n", out);
		print_text(out, "          ", "description", r->fields[i].help);
	}
}

/* ---- operations ---- */

static void
print_parameters(FILE *out, const struct op *op)
{
	const struct op_field *field;
	struct str param;
	bool has_version = !strcmp(op->method, "PATCH");

	if (!op_param(op, 0).n && (op_has_body(op) || !op_input(op, 0)))
		return;
	(void)fputs("      parameters:\n", out);
	for (size_t i = 0; (param = op_param(op, i)).n; i++)
		(void)fprintf(out,
			"      - name: %.*s\n        in: path\n        required: true\n"
			"        schema:\n          type: string\n",
			STR_ARG(param));
	if (has_version)
		(void)fputs("      - name: If-Match\n        in: header\n        schema:\n"
			    "          type: string\n"
			    "        description: 'The ETag of what was read; 412 if it has "
			    "changed.'\n",
			out);
	for (size_t i = 0; !op_has_body(op) && (field = op_input(op, i)); i++) {
		(void)fprintf(out, "      - name: %s\n        in: query\n%s        schema:\n",
			field->name, op_needs(op, field) ? "        required: true\n" : "");
		print_type(out, "          ", field);
		print_text(out, "        ", "description", field->help);
	}
}

static void
print_body(FILE *out, const struct op *op)
{
	const struct op_field *field;
	bool any = false;

	if (!op_has_body(op))
		return;
	(void)fprintf(out, "      requestBody:\n        required: %s\n",
		op->says & OP_BODY ? "false" : "true");
	(void)fputs("        content:\n"
		    "          application/json:\n            schema:\n"
		    "              type: object\n",
		out);
	for (size_t i = 0; (field = op_input(op, i)); i++)
		if (op_needs(op, field)) {
			(void)fprintf(out, "%s              - %s\n",
				any ? "" : "              required:\n", field->name);
			any = true;
		}
	(void)fputs("              properties:\n", out);
	for (size_t i = 0; (field = op_input(op, i)); i++) {
		(void)fprintf(out, "                %s:\n", field->name);
		print_type(out, "                  ", field);
		if (field->kind == OP_SECRET)
			(void)fputs("                  writeOnly: true\n", out);
		print_text(out, "                  ", "description", field->help);
	}
}

static const char *
prefix_of(const struct op *op)
{
	return op->answer == OP_MADE ? "New" : op->answer == OP_REVEALS ? "Revealed" : "";
}

static void
print_answer(FILE *out, const struct op *op)
{
	const struct resource *r = &resources[op->row];

	(void)fprintf(out,
		"      responses:\n        '%d':\n          description: Done.\n"
		"          content:\n            application/json:\n              schema:\n",
		op->answer == OP_MADE ? 201 : 200);
	if (op->answer == OP_ROWS) {
		(void)fprintf(out,
			"                type: object\n                required:\n"
			"                - %s\n                properties:\n"
			"                  %s:\n                    type: array\n"
			"                    items:\n"
			"                      $ref: '#/components/schemas/%s'\n",
			r->plural, r->plural, r->schema);
		if (op->says & OP_WINDOW)
			(void)fputs(
				"                  next:\n                    type: string\n"
				"                    description: 'There are more: after of the "
				"next request.'\n",
				out);
	} else {
		(void)fprintf(out, "                $ref: '#/components/schemas/%s%s'\n",
			prefix_of(op), op->answer == OP_DONE ? "Done" : r->schema);
	}
	(void)fputs("        default:\n          $ref: '#/components/responses/Error'\n"
		    "      security:\n      - {}\n      - adminToken: []\n",
		out);
}

static void
print_path(FILE *out, const char *path)
{
	(void)fprintf(out, "  %s", OPS_ROOT);
	for (const char *p = path; *p; p++) {
		if (*p != ':') {
			(void)fputc(*p, out);
			continue;
		}
		(void)fprintf(out, "{%.*s}", (int)strcspn(p + 1, "/"), p + 1);
		p += strcspn(p + 1, "/");
	}
	(void)fputs(":\n", out);
}

static void
print_operation(FILE *out, const struct op *op)
{
	const char *noun = resources[op->resource].noun;

	(void)fputs("    ", out);
	for (const char *p = op->method; *p; p++)
		(void)fputc(tolower((unsigned char)*p), out);
	(void)fprintf(
		out, ":\n      operationId: %s-%s\n      tags:\n      - admin\n", noun, op->verb);
	print_text(out, "      ", "summary", op->help);
	print_parameters(out, op);
	print_body(out, op);
	print_answer(out, op);
}

static void
print_paths(FILE *out)
{
	for (size_t i = 0; i < OP_COUNT; i++) {
		bool is_first = true;

		for (size_t k = 0; k < i; k++)
			is_first = is_first && strcmp(ops[k].path, ops[i].path);
		if (!is_first)
			continue;
		print_path(out, ops[i].path);
		for (size_t k = i; k < OP_COUNT; k++)
			if (!strcmp(ops[k].path, ops[i].path))
				print_operation(out, &ops[k]);
	}
}

static void
print_schemas(FILE *out)
{
	for (size_t i = 0; i < RESOURCE_COUNT; i++)
		print_schema(out, &resources[i], resources[i].schema, OP_SHOW);
	for (size_t i = 0; i < OP_COUNT; i++) {
		const struct resource *r = &resources[ops[i].row];
		char name[64];

		if (ops[i].answer != OP_MADE && ops[i].answer != OP_REVEALS)
			continue;
		(void)snprintf(name, sizeof name, "%s%s", prefix_of(&ops[i]), r->schema);
		print_schema(out, r, name, op_shows(&ops[i]));
	}
}

static const char shared[] =
	"components:\n"
	"  responses:\n"
	"    Error:\n"
	"      description: Not done.\n"
	"      headers:\n"
	"        Retry-After:\n"
	"          description: 'With 429 and 503: seconds until it is worth trying again.'\n"
	"          schema:\n"
	"            type: integer\n"
	"      content:\n"
	"        application/json:\n"
	"          schema:\n"
	"            $ref: '#/components/schemas/Error'\n"
	"  schemas:\n"
	"    Error:\n"
	"      type: object\n"
	"      required:\n"
	"      - error\n"
	"      properties:\n"
	"        error:\n"
	"          type: string\n"
	"        error_description:\n"
	"          type: string\n"
	"    Done:\n"
	"      type: object\n"
	"      description: 'It is so now.'\n"
	"      required:\n"
	"      - ok\n"
	"      properties:\n"
	"        ok:\n"
	"          type: boolean\n"
	"          const: true\n";

void
admin_openapi(FILE *out)
{
	print_paths(out);
	(void)fputs(shared, out);
	print_schemas(out);
}
