/* lib/ops as JSON: for tests, and for programs that want to know. */
#include "cmd/admin.h"

enum { DOCUMENT_MAX = 1 << 20, FLAG_MAX = 64 };

static const char *const kinds[] = {
	[OP_ID] = "id",
	[OP_TEXT] = "text",
	[OP_CHOICE] = "choice",
	[OP_WORDS] = "words",
	[OP_FLAG] = "flag",
	[OP_NUMBER] = "number",
	[OP_TIME] = "time",
	[OP_DURATION] = "duration",
	[OP_SECRET] = "secret",
};

static const char *const effects[] = {
	[OP_LOOKS] = "looks",
	[OP_CHANGES] = "changes",
	[OP_STOPS] = "stops",
	[OP_DESTROYS] = "destroys",
};

static const char *const answers[] = {
	[OP_DONE] = "done",
	[OP_ITEM] = "item",
	[OP_MADE] = "made",
	[OP_REVEALS] = "reveals",
	[OP_ROWS] = "rows",
};

static const struct {
	enum op_place place;
	const char *name;
} places[] = {
	{OP_LIST, "list"},
	{OP_SHOW, "show"},
	{OP_ONCE, "once"},
	{OP_CREATE, "create"},
	{OP_EDIT, "edit"},
	{OP_NEED, "need"},
	{OP_FILTER, "filter"},
	{OP_ALWAYS, "always"},
	{OP_BLANK, "blank"},
};

static void
write_field(struct buf *out, const struct op_field *f)
{
	char buffer[FLAG_MAX];

	json_open(out, '{');
	json_member_str(out, "name", str_of(f->name));
	json_member_str(out, "kind", str_of(kinds[f->kind]));
	json_member_str(out, "flag", str_of(op_flag(f, buffer)));
	json_member_words(out, "choices", str_of(f->choices));
	json_member_str(out, "help", str_of(f->help));
	json_key(out, "places");
	json_open(out, '[');
	for (size_t i = 0; i < countof(places); i++)
		if (f->places & places[i].place)
			json_str(out, str_of(places[i].name));
	json_close(out, ']');
	json_close(out, '}');
}

static void
write_operation(struct buf *out, const struct op *op)
{
	const struct op_field *field;

	json_open(out, '{');
	json_member_str(out, "noun", str_of(resources[op->resource].noun));
	json_member_str(out, "verb", str_of(op->verb));
	json_member_str(out, "method", str_of(op->method));
	json_member_str(out, "path", str_printf(out->arena, "%s%s", OPS_ROOT, op->path));
	json_member_str(out, "effect", str_of(effects[op->effect]));
	json_member_bool(out, "asks", op->question != NULL);
	json_member_bool(out, "has_body", op_has_body(op));
	json_member_bool(out, "needs_body", op_has_body(op) && !(op->says & OP_BODY));
	json_member_str(out, "answer", str_of(answers[op->answer]));
	json_member_str(out, "row", str_of(resources[op->row].schema));
	json_member_str(out, "event", str_of(op->event));
	json_member_str(out, "help", str_of(op->help));
	json_key(out, "takes");
	json_open(out, '[');
	for (size_t i = 0; (field = op_input(op, i)); i++)
		write_field(out, field);
	json_close(out, ']');
	json_close(out, '}');
}

static void
write_resource(struct buf *out, const struct resource *r)
{
	json_open(out, '{');
	json_member_str(out, "schema", str_of(r->schema));
	if (r->noun)
		json_member_str(out, "noun", str_of(r->noun));
	if (r->plural)
		json_member_str(out, "plural", str_of(r->plural));
	json_key(out, "fields");
	json_open(out, '[');
	for (size_t i = 0; i < r->field_count; i++)
		write_field(out, &r->fields[i]);
	json_close(out, ']');
	json_close(out, '}');
}

void
admin_describe(FILE *file)
{
	struct arena arena = {0};
	struct buf out;

	buf_init(&out, &arena, DOCUMENT_MAX);
	json_open(&out, '{');
	json_key(&out, "operations");
	json_open(&out, '[');
	for (size_t i = 0; i < OP_COUNT; i++)
		write_operation(&out, &ops[i]);
	json_close(&out, ']');
	json_key(&out, "resources");
	json_open(&out, '[');
	for (size_t i = 0; i < RESOURCE_COUNT; i++)
		write_resource(&out, &resources[i]);
	json_close(&out, ']');
	json_close(&out, '}');
	(void)fprintf(file, "%.*s\n", STR_ARG(buf_str(&out)));
	arena_free(&arena);
}
