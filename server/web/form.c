/* Controls by kind. */
#include "server/web/form.h"

#include "server/pages/problem.h"

#include <string.h>

enum { FIELDS_MAX = 40, CHOICES_MAX = 12, BOXES_MAX = 2048 };

/* ---- what stands in a field ---- */

/* A browser says nothing of boxes that are not set, so a form that came says all there is. */
static bool
has_come(const struct exchange *x)
{
	return x->request.method != METHOD_GET;
}

static struct str
words_now(struct exchange *x, const struct op_field *f, const struct json *now, char between)
{
	size_t count = json_array_count(now, f->name);
	struct buf out;
	struct str word;

	buf_init(&out, x->cx.arena, REPLY_BODY_MAX);
	for (size_t i = 0; i < count; i++)
		if (json_array_str(now, f->name, i, &word)) {
			if (out.n)
				buf_add_char(&out, between);
			buf_add(&out, word);
		}
	return buf_ok(&out) ? buf_str(&out) : STR_NONE;
}

static struct str
text_now(struct exchange *x, const struct op_field *f, const struct json *now)
{
	if (json_kind(now, f->name) == JSON_IS_LIST)
		return words_now(x, f, now, '\n');
	return str_copy(x->cx.arena, json_get_str(now, f->name));
}

/* Never a secret: it would be sent back in a page. */
static struct str
text_of(struct exchange *x, const struct op *op, const struct op_field *f, const struct json *now)
{
	struct str name = web_form_name(x, op, f, STR_NONE);

	if (f->kind == OP_SECRET)
		return STR_NONE;
	if (!has_come(x))
		return text_now(x, f, now);
	for (size_t i = 0; i < x->form.count; i++)
		if (str_eq(x->form.fields[i].name, name))
			return x->form.fields[i].value;
	return STR_NONE;
}

/* Grants are said by short names, and shown by those of the protocol. */
static bool
has_word(struct exchange *x, const struct json *now, const char *name, struct str choice)
{
	static const struct {
		const char *said, *shown;
	} grants[] = {
		{"code", "authorization_code"},
		{"device", "urn:ietf:params:oauth:grant-type:device_code"},
		{"refresh", "refresh_token"},
		{"client", "client_credentials"},
	};

	for (size_t i = 0; i < countof(grants); i++)
		if (str_is(choice, grants[i].said) && json_array_has(now, name, grants[i].shown))
			return true;
	return json_array_has(now, name, str_c(x->cx.arena, choice));
}

static bool
is_set(struct exchange *x, const struct op *op, const struct op_field *f, struct str choice,
	const struct json *now)
{
	if (has_come(x))
		return web_says(&x->form, web_form_name(x, op, f, choice));
	if (!choice.n)
		return json_get_bool(now, f->name, false);
	return has_word(x, now, f->name, choice);
}

/* ---- controls ---- */

/* A choice that nobody has to make begins with an empty line. */
static void
fill_options(struct exchange *x, const struct op *op, const struct op_field *f, struct str now,
	struct web_field *ret)
{
	struct web_choice *list = arena_array(x->cx.arena, struct web_choice, CHOICES_MAX);
	size_t n = 0;

	if (op->says & OP_CREATE || f->places & OP_BLANK)
		list[n++] = (struct web_choice){
			.label = page_say(language_of(x), SAY_BY_DEFAULT), .is_chosen = !now.n};
	STR_EACH (choice, str_of(f->choices)) {
		if (n == CHOICES_MAX)
			break;
		list[n++] = (struct web_choice){
			.value = choice, .label = choice, .is_chosen = str_eq(choice, now)};
	}
	ret->choices = list;
	ret->choices_count = n;
}

static void
fill_boxes(struct exchange *x, const struct op *op, const struct op_field *f,
	const struct json *now, struct web_field *ret)
{
	struct web_choice *list = arena_array(x->cx.arena, struct web_choice, CHOICES_MAX);
	size_t n = 0;

	STR_EACH (choice, str_of(f->choices)) {
		if (n == CHOICES_MAX)
			break;
		list[n++] = (struct web_choice){
			.name = web_form_name(x, op, f, choice),
			.value = STR("true"),
			.label = choice,
			.is_chosen = is_set(x, op, f, choice, now),
		};
	}
	ret->choices = list;
	ret->choices_count = n;
}

/* What lib/ops says in a line of help, as a sentence. */
static struct str
sentence(struct exchange *x, const char *help)
{
	char *text = arena_printf(x->cx.arena, "%s.", help);

	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 0x20);
	return str_of(text);
}

static struct web_field
control(struct exchange *x, const struct op *op, const struct op_field *f, const struct json *now)
{
	struct web_field ret = {
		.name = web_form_name(x, op, f, STR_NONE),
		.label = str_of(f->label),
		.help = sentence(x, f->help),
		.is_needed = op_needs(op, f),
	};

	switch (f->kind) {
	case OP_FLAG:
		ret.is_flag = true;
		ret.is_set = is_set(x, op, f, STR_NONE, now);
		break;
	case OP_CHOICE:
		ret.is_choice = true;
		fill_options(x, op, f, text_of(x, op, f, now), &ret);
		break;
	case OP_WORDS:
		if (f->choices)
			fill_boxes(x, op, f, now, &ret);
		ret.is_lines = !f->choices;
		ret.value = text_of(x, op, f, now);
		break;
	case OP_SECRET: ret.is_secret = true; break;
	case OP_ID:
	case OP_TEXT:
	case OP_NUMBER:
	case OP_TIME:
	case OP_DURATION:
		ret.is_text = true;
		ret.value = text_of(x, op, f, now);
		break;
	}
	return ret;
}

struct web_controls
web_controls(struct exchange *x, const struct op *op, const struct json *now)
{
	return web_controls_of(x, op, now, NULL);
}

struct web_controls
web_controls_of(struct exchange *x, const struct op *op, const struct json *now, const char *names)
{
	struct web_field *fields = arena_array(x->cx.arena, struct web_field, FIELDS_MAX);
	struct web_controls ret = {.fields = fields};
	const struct op_field *f;
	struct buf boxes;

	buf_init(&boxes, x->cx.arena, BOXES_MAX);
	for (size_t i = 0; (f = op_input(op, i)) && ret.count < FIELDS_MAX; i++) {
		if (!web_is_named(names, f->name))
			continue;
		fields[ret.count++] = control(x, op, f, now);
		if (f->kind == OP_FLAG || (f->kind == OP_WORDS && f->choices))
			buf_add_printf(&boxes, "%s%s%s", boxes.n ? " " : "",
				fields[ret.count - 1].is_set ? "+" : "", f->name);
	}
	if (ret.count)
		fields[0].is_first = true;
	ret.boxes = has_come(x) ? form_get(&x->form, "boxes") : buf_str(&boxes);
	return ret;
}

const struct web_field *
web_filters(struct exchange *x, const struct op *op, const struct op_field *tabs, size_t *ret_count)
{
	struct web_field *fields = arena_array(x->cx.arena, struct web_field, FIELDS_MAX);
	const struct op_field *f;
	size_t n = 0;

	for (size_t i = 0; (f = op_input(op, i)) && n < FIELDS_MAX; i++) {
		if (f == tabs || !strcmp(f->name, "limit") || !strcmp(f->name, "after"))
			continue;
		fields[n++] = (struct web_field){
			.name = str_of(f->name),
			.label = str_of(f->label),
			.help = str_of(f->help),
			.value = form_get(&x->query, f->name),
			.is_flag = f->kind == OP_FLAG,
			.is_text = f->kind != OP_FLAG,
			.is_set = form_get(&x->query, f->name).n > 0,
		};
	}
	*ret_count = n;
	return fields;
}

/* ---- pages ---- */

struct str
web_problem(struct exchange *x, enum err e)
{
	if (x->cx.problem.n)
		return x->cx.problem;
	return problem_has_words(x, e) ? problem_text(x, e) : str_of(err_sentence(e));
}

/* What the form is sent to. */
static const struct face *
taker_of(const struct face *face)
{
	bool is_new = face->kind == FACE_NEW || face->kind == FACE_CREATE;

	return face_find(is_new ? FACE_CREATE : FACE_UPDATE, face->op);
}

enum err
web_draw_form(struct exchange *x, const struct face *face, const struct web_answer *now, int status,
	struct str error)
{
	const struct op *op = &ops[face->op];
	struct web_controls controls = web_controls(x, op, now ? now->json : NULL);
	const struct resource *r = &resources[op->resource];
	struct str title = op->says & OP_CREATE ? page_say(language_of(x), SAY_NEW)
			   : now                ? str_copy(x->cx.arena, web_name(r, now->json))
						: web_verb(x, op);
	struct page_web_form props = {
		.page = page_props(x),
		.frame = web_frame(x, face, title),
		.error = error,
		.action = {face_address(x->cx.arena, taker_of(face), x->request.path_params)},
		.back = {web_way_back(x, op)},
		.version = now ? now->version : form_get(&x->form, "version"),
		.boxes = controls.boxes,
		.fields = controls.fields,
		.fields_count = controls.count,
		.submit = page_say(language_of(x), SAY_SAVE),
	};
	struct buf *html = page_begin(x);

	page_web_form(html, &props);
	return page_reply(x, status, html);
}
