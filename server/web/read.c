/* What a form says, as JSON. */
#include "server/web/run.h"

enum { BODY_MADE_MAX = 256 * 1024 };

/* Names that the Go original's forms have: programs of its users send them. */
static const struct {
	enum resource_id resource;
	const char *name;
	const char *choice; /* of the box of one of several */
	const char *called;
} called[] = {
	{RESOURCE_client, "name", NULL, "client_name"},
	{RESOURCE_client, "type", NULL, "client_type"},
	{RESOURCE_client, "grants", "code", "enable_auth_code_flow"},
	{RESOURCE_client, "grants", "device", "enable_device_flow"},
	{RESOURCE_client, "grants", "client", "enable_client_credentials_flow"},
};

struct str
web_form_name(struct exchange *x, const struct op *op, const struct op_field *f, struct str choice)
{
	struct str name = str_of(f->name);

	for (size_t i = 0; i < countof(called); i++)
		if (called[i].resource == op->resource && str_is(name, called[i].name) &&
			str_eq(str_of(called[i].choice), choice))
			return str_of(called[i].called);
	if (!choice.n)
		return name;
	return str_printf(x->cx.arena, "%s.%.*s", f->name, STR_ARG(choice));
}

static const struct form_field *
find(const struct form *form, struct str name)
{
	for (size_t i = 0; i < form->count; i++)
		if (str_eq(form->fields[i].name, name))
			return &form->fields[i];
	return NULL;
}

bool
web_says(const struct form *form, struct str name)
{
	return find(form, name) != NULL;
}

static struct str
value_of(const struct form *form, struct str name)
{
	const struct form_field *found = find(form, name);

	return found ? found->value : STR_NONE;
}

/* A browser sends nothing of a box that is not set.  Our forms say which boxes they have, "+NAME"
 * if it was set; a form that does not say so has those that it sends. */
static bool
has_boxes(const struct exchange *x, const struct op_field *f, bool *ret_was_set)
{
	STR_EACH (word, form_get(&x->form, "boxes")) {
		*ret_was_set = word.p[0] == '+';
		if (str_is(*ret_was_set ? str_from(word, 1) : word, f->name))
			return true;
	}
	return false;
}

static bool
is_set(struct str value)
{
	return value.n && !str_is(value, "false") && !str_is(value, "0");
}

/* What stands before `://` in what is left: behind such a comma begins another address. */
static bool
begins_address(struct str rest)
{
	size_t i = 0;

	while (i < rest.n && (rest.p[i] == '+' || rest.p[i] == '-' || rest.p[i] == '.' ||
				     (rest.p[i] >= '0' && rest.p[i] <= '9') ||
				     ((rest.p[i] | 0x20) >= 'a' && (rest.p[i] | 0x20) <= 'z')))
		i++;
	return i && str_starts(str_from(rest, i), STR("://"));
}

/* Words between spaces, lines, and commas that stand between addresses. */
static void
add_words(struct buf *out, struct str text)
{
	struct str left = text;

	while (left.n) {
		struct str word = left;
		size_t n = 0;

		for (; n < left.n && (unsigned char)left.p[n] > ' '; n++)
			if (left.p[n] == ',' &&
				(n + 1 == left.n || (unsigned char)left.p[n + 1] <= ' ' ||
					begins_address(str_from(left, n + 1))))
				break;
		word.n = n;
		if (word.n)
			json_str(out, word);
		left = str_from(left, n < left.n ? n + 1 : n);
	}
}

static void
read_words(struct exchange *x, const struct op *op, const struct op_field *f, struct buf *out)
{
	struct str name = web_form_name(x, op, f, STR_NONE);

	if (!web_says(&x->form, name))
		return;
	json_key(out, f->name);
	json_open(out, '[');
	add_words(out, value_of(&x->form, name));
	json_close(out, ']');
}

static void
read_boxes(struct exchange *x, const struct op *op, const struct op_field *f, struct buf *out)
{
	bool was_set, any = has_boxes(x, f, &was_set);

	STR_EACH (choice, str_of(f->choices))
		any |= web_says(&x->form, web_form_name(x, op, f, choice));
	if (!any)
		return;
	json_key(out, f->name);
	json_open(out, '[');
	STR_EACH (choice, str_of(f->choices))
		if (is_set(value_of(&x->form, web_form_name(x, op, f, choice))))
			json_str(out, choice);
	json_close(out, ']');
}

/* What nobody has touched is not said: to say no may be more than to say nothing. */
static void
read_flag(struct exchange *x, const struct op *op, const struct op_field *f, struct buf *out)
{
	struct str name = web_form_name(x, op, f, STR_NONE);
	bool now = is_set(value_of(&x->form, name)), was_set;

	if (has_boxes(x, f, &was_set) ? now != was_set : web_says(&x->form, name))
		json_member_bool(out, f->name, now);
}

/* What is empty is not said of something new: it becomes what it is when nothing is said. */
static void
read_text(struct exchange *x, const struct op *op, const struct op_field *f, struct buf *out)
{
	struct str name = web_form_name(x, op, f, STR_NONE);
	struct str value = value_of(&x->form, name);

	if (f->kind != OP_SECRET)
		value = str_trim(value);
	if (value.n || (web_says(&x->form, name) && op->says & OP_EDIT && f->kind == OP_TEXT))
		json_member_str(out, f->name, value);
}

static void
read_number(struct exchange *x, const struct op *op, const struct op_field *f, struct buf *out)
{
	int64_t n;

	if (!str_to_i64(value_of(&x->form, web_form_name(x, op, f, STR_NONE)), &n))
		json_member_i64(out, f->name, n);
}

static void
read_field(struct exchange *x, const struct op *op, const struct op_field *f, struct buf *out)
{
	switch (f->kind) {
	case OP_WORDS: (f->choices ? read_boxes : read_words)(x, op, f, out); break;
	case OP_FLAG: read_flag(x, op, f, out); break;
	case OP_NUMBER: read_number(x, op, f, out); break;
	case OP_ID:
	case OP_TEXT:
	case OP_CHOICE:
	case OP_TIME:
	case OP_DURATION:
	case OP_SECRET: read_text(x, op, f, out); break;
	}
}

struct str
web_read(struct exchange *x, const struct op *op)
{
	const struct op_field *f;
	struct buf out;

	if (!op_has_body(op))
		return STR_NONE;
	buf_init(&out, x->cx.arena, BODY_MADE_MAX);
	json_open(&out, '{');
	for (size_t i = 0; (f = op_input(op, i)); i++)
		read_field(x, op, f, &out);
	json_close(&out, '}');
	return buf_ok(&out) ? buf_str(&out) : STR("[]");
}
