/* One switch over the kinds of fields, and what links to what. */
#include "server/web/draw.h"

#include "lib/audit/audit.h"
#include "lib/base/clock.h"

#include <string.h>
#include <time.h>

enum { VALUES_MAX = 40, LINKS_MAX = 24, NAME_IN_LIST_MAX = 200 };

struct str
web_words(struct exchange *x, const char *key, const char *otherwise)
{
	struct str words = page_ops_words(language_of(x), str_of(key));

	return words.n ? words : str_of(otherwise);
}

static struct str
with_capital(struct exchange *x, const char *text)
{
	struct str copy = str_copy(x->cx.arena, str_of(text));
	char *p = arena_alloc(x->cx.arena, copy.n + 1);

	for (size_t i = 0; i < copy.n; i++)
		p[i] = copy.p[i] == '-' || copy.p[i] == '_' ? ' ' : copy.p[i];
	if (copy.n && p[0] >= 'a' && p[0] <= 'z')
		p[0] = (char)(p[0] - 0x20);
	return (struct str){p, copy.n};
}

struct str
web_verb(struct exchange *x, const struct op *op)
{
	return with_capital(x, op->verb);
}

/* ---- what names what ---- */

/* Fields that hold the id of something with a page. */
static const struct {
	const char *field;
	enum op_id shown_by;
} references[] = {
	{"client_id", OP_client_show},
};

static const struct op_field *
key_field(const struct resource *r)
{
	for (size_t i = 0; i < r->field_count; i++)
		if (r->fields[i].kind == OP_ID)
			return &r->fields[i];
	return r->name_field ? resource_field(r, str_of(r->name_field)) : &r->fields[0];
}

struct str
web_key(const struct resource *r, const struct json *row)
{
	return json_get_str(row, key_field(r)->name);
}

struct str
web_name(const struct resource *r, const struct json *row)
{
	struct str name = r->name_field ? json_get_str(row, r->name_field) : STR_NONE;

	return name.n ? name : web_key(r, row);
}

static const struct face *
page_of(const struct resource *r)
{
	for (size_t i = 0; i < FACE_COUNT; i++)
		if (faces[i].kind == FACE_SHOW && ops[faces[i].op].resource == r->id)
			return &faces[i];
	return NULL;
}

/* Where a value leads: to what it names, or to the row that it is the name of. */
static struct local_way
way_from(struct exchange *x, const struct resource *r, const struct op_field *f,
	const struct json *row)
{
	const struct face *page = page_of(r);
	bool is_own = (r->name_field && !strcmp(f->name, r->name_field)) || f == key_field(r);
	struct str key;

	for (size_t i = 0; !is_own && i < countof(references); i++)
		if (!strcmp(f->name, references[i].field)) {
			page = face_find(FACE_SHOW, references[i].shown_by);
			key = json_get_str(row, f->name);
			if (page && key.n)
				return (struct local_way){face_address(x->cx.arena, page, &key)};
		}
	key = web_key(r, row);
	if (!is_own || !page || !key.n)
		return (struct local_way){STR_NONE};
	return (struct local_way){face_address(x->cx.arena, page, &key)};
}

/* ---- values ---- */

static int64_t
time_of(struct exchange *x, struct str text)
{
	struct tm tm = {0};

	if (!text.n || !strptime(str_c(x->cx.arena, text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return 0;
	return (int64_t)timegm(&tm) * MS_PER_S;
}

static void
fill_time(struct exchange *x, struct str text, struct web_value *v)
{
	int64_t ms = time_of(x, text);

	v->at = text;
	if (!ms)
		return;
	v->text = ms <= x->cx.now_ms ? page_fill(x, page_say(language_of(x), SAY_AGO),
					       page_duration(x, x->cx.now_ms - ms))
				     : page_fill(x, page_say(language_of(x), SAY_IN_FUTURE),
					       page_duration(x, ms - x->cx.now_ms));
}

static void
fill_words(struct exchange *x, const struct json *row, const char *name, struct web_value *v)
{
	size_t count = json_array_count(row, name);
	struct web_value *words = arena_array(x->cx.arena, struct web_value, count + 1);

	for (size_t i = 0; i < count; i++)
		if (json_array_str(row, name, i, &words[v->words_count].text)) {
			words[v->words_count].text =
				str_copy(x->cx.arena, words[v->words_count].text);
			v->words_count++;
		}
	v->words = words;
}

/* States that everybody reads alike. */
static const char good[] = "active approved redeemed info", bad[] = "revoked denied error critical";

static bool
is_among(struct str word, const char *list)
{
	STR_EACH (one, str_of(list))
		if (str_eq(one, word))
			return true;
	return false;
}

static void
fill_state(const struct op_field *f, struct web_value *v)
{
	v->is_state = !strcmp(f->name, "status") || !strcmp(f->name, "state") ||
		      !strcmp(f->name, "severity");
	v->is_good = v->is_state && is_among(v->text, good);
	v->is_bad = v->is_state && is_among(v->text, bad);
}

static struct web_value
value_of(struct exchange *x, const struct resource *r, const struct op_field *f,
	const struct json *row)
{
	struct web_value v = {.label = str_of(f->label)};

	switch (f->kind) {
	case OP_ID:
	case OP_SECRET: v.is_code = true; /* fall through */
	case OP_TEXT:
	case OP_DURATION:
	case OP_CHOICE:
		v.text = str_copy(x->cx.arena, json_get_str(row, f->name));
		fill_state(f, &v);
		v.way = way_from(x, r, f, row);
		break;
	case OP_WORDS: fill_words(x, row, f->name, &v); break;
	case OP_FLAG:
		v.text = page_say(
			language_of(x), json_get_bool(row, f->name, false) ? SAY_YES : SAY_NO);
		break;
	case OP_NUMBER:
		v.text = str_printf(x->cx.arena, "%lld", (long long)json_get_i64(row, f->name, 0));
		break;
	case OP_TIME: fill_time(x, str_copy(x->cx.arena, json_get_str(row, f->name)), &v); break;
	}
	return v;
}

/* Those that are absent are left out of an item, and leave their place in a list empty. */
static bool
has_place(const struct op_field *f, unsigned places, const struct json *row)
{
	return f->places & places && (places == OP_LIST || json_has(row, f->name));
}

/* What people know one by comes first. */
const struct web_value *
web_values(struct exchange *x, const struct resource *r, unsigned places, const struct json *row,
	size_t *ret_count)
{
	struct web_value *list = arena_array(x->cx.arena, struct web_value, VALUES_MAX);
	const struct op_field *first =
		r->name_field ? resource_field(r, str_of(r->name_field)) : NULL;
	size_t n = 0;

	if (first && has_place(first, places, row))
		list[n++] = value_of(x, r, first, row);
	for (size_t i = 0; i < r->field_count && n < VALUES_MAX; i++)
		if (&r->fields[i] != first && has_place(&r->fields[i], places, row))
			list[n++] = value_of(x, r, &r->fields[i], row);
	*ret_count = n;
	return list;
}

/* ---- what can be done ---- */

/* Operations that make sense in one state only: others are not offered, and refused if asked. */
static const struct {
	enum op_id op;
	const char *field;
	const char *values;
} when[] = {
	{OP_client_approve, "status", "pending"},
	{OP_client_reject, "status", "pending"},
	{OP_client_enable, "status", "disabled"},
	{OP_client_disable, "status", "active"},
	{OP_client_rotate_secret, "type", "confidential"},
};

static bool
makes_sense(const struct op *op, const struct json *row)
{
	for (size_t i = 0; i < countof(when); i++)
		if (when[i].op == op->id &&
			!is_among(json_get_str(row, when[i].field), when[i].values))
			return false;
	return true;
}

/* A page of its own for what changes one, and for lists of what belongs to it. */
static bool
is_of_one(const struct face *face, const struct resource *r)
{
	const struct op *op = &ops[face->op];

	if (op->resource != r->id || op_param_count(op) != 1)
		return false;
	return face->kind == FACE_EDIT || face->kind == FACE_ASK || face->kind == FACE_LIST;
}

const struct web_link *
web_links(struct exchange *x, const struct resource *r, const struct str params[],
	const struct json *row, size_t *ret_count)
{
	struct web_link *links = arena_array(x->cx.arena, struct web_link, LINKS_MAX);
	size_t n = 0;

	for (size_t i = 0; i < FACE_COUNT && n < LINKS_MAX; i++) {
		const struct op *op = &ops[faces[i].op];

		if (!is_of_one(&faces[i], r) || !makes_sense(op, row))
			continue;
		links[n++] = (struct web_link){
			.label = web_verb(x, op),
			.way = {face_address(x->cx.arena, &faces[i], params)},
			.is_grave = op->effect == OP_DESTROYS,
		};
	}
	*ret_count = n;
	return links;
}

/* ---- the frame ---- */

static bool
is_place(const struct face *face)
{
	return face->kind == FACE_LIST && !op_param_count(&ops[face->op]);
}

static struct str
title_of(struct exchange *x, const struct op *op)
{
	const char *plural = resources[op->row].plural;

	return web_words(x, plural, plural);
}

/* What has just been done: the sentence of the event that it left. */
static struct str
done_words(struct exchange *x)
{
	struct str code = form_get(&x->query, "done");

	for (size_t i = 0; code.n && i < OP_COUNT; i++) {
		struct str name = str_printf(x->cx.arena, "%s.%s",
			resources[ops[i].resource].noun ? resources[ops[i].resource].noun : "",
			ops[i].verb);

		if (ops[i].effect != OP_LOOKS && str_eq(code, name))
			return page_fill(x, page_say(language_of(x), SAY_OPERATION_DONE),
				str_of(ops[i].help));
	}
	return STR_NONE;
}

struct web_frame
web_frame(struct exchange *x, const struct face *here, struct str title)
{
	struct web_link *places = arena_array(x->cx.arena, struct web_link, LINKS_MAX);
	struct web_frame frame = {.places = places, .title = title, .done = done_words(x)};

	for (size_t i = 0; i < FACE_COUNT && frame.places_count < LINKS_MAX; i++)
		if (is_place(&faces[i]))
			places[frame.places_count++] = (struct web_link){
				.label = title_of(x, &ops[faces[i].op]),
				.way = {str_of(faces[i].pattern)},
				.is_here = ops[faces[i].op].resource == ops[here->op].resource,
			};
	if (!frame.title.n)
		frame.title = title_of(x, &ops[here->op]);
	return frame;
}

/* ---- a list ---- */

static const struct op_field *
tabs_field(const struct op *op)
{
	const struct op_field *f;

	for (size_t i = 0; (f = op_input(op, i)); i++)
		if (f->kind == OP_CHOICE && f->places & OP_FILTER)
			return f;
	return NULL;
}

static const struct web_link *
tabs_of(struct exchange *x, const struct op *op, struct str list, size_t *ret_count)
{
	const struct op_field *f = tabs_field(op);
	struct web_link *tabs = arena_array(x->cx.arena, struct web_link, LINKS_MAX);
	struct str now = f ? form_get(&x->query, f->name) : STR_NONE;
	size_t n = 0;

	*ret_count = 0;
	if (!f)
		return tabs;
	tabs[n++] = (struct web_link){
		.label = page_say(language_of(x), SAY_ALL), .way = {list}, .is_here = !now.n};
	STR_EACH (choice, str_of(f->choices))
		tabs[n++] = (struct web_link){
			.label = with_capital(x, str_c(x->cx.arena, choice)),
			.way = {str_printf(x->cx.arena, "%.*s?%s=%.*s", STR_ARG(list), f->name,
				STR_ARG(choice))},
			.is_here = str_eq(choice, now),
		};
	*ret_count = n;
	return tabs;
}

/* What narrowed this page narrows the next. */
static struct str
next_way(struct exchange *x, const struct op *op, struct str list, struct str next)
{
	const struct op_field *f;
	struct buf way;

	if (!next.n)
		return STR_NONE;
	buf_init(&way, x->cx.arena, 4096);
	buf_add(&way, list);
	buf_add_char(&way, '?');
	for (size_t i = 0; (f = op_input(op, i)); i++) {
		struct str value = form_get(&x->query, f->name);

		if (value.n && strcmp(f->name, "after") != 0)
			form_add(&way, f->name, value);
	}
	form_add(&way, "after", next);
	return buf_ok(&way) ? buf_str(&way) : STR_NONE;
}

static const struct web_row *
rows_of(struct exchange *x, const struct op *op, const struct json *answer, size_t *ret_count)
{
	const struct resource *r = &resources[op->row];
	size_t count = json_array_count(answer, r->plural);
	struct web_row *rows = arena_array(x->cx.arena, struct web_row, count + 1);

	for (size_t i = 0; i < count; i++)
		rows[i].cells = web_values(x, r, OP_LIST, json_array_object(answer, r->plural, i),
			&rows[i].cells_count);
	*ret_count = count;
	return rows;
}

static const struct web_value *
columns_of(struct exchange *x, const struct op *op, size_t *ret_count)
{
	return web_values(x, &resources[op->row], OP_LIST, NULL, ret_count);
}

static const struct face *
form_for_new(const struct op *op)
{
	for (size_t i = 0; i < FACE_COUNT; i++)
		if (faces[i].kind == FACE_NEW && ops[faces[i].op].resource == op->resource)
			return &faces[i];
	return NULL;
}

static bool
is_narrowed(struct exchange *x, const struct op *op)
{
	const struct op_field *f;

	for (size_t i = 0; (f = op_input(op, i)); i++)
		if (form_get(&x->query, f->name).n)
			return true;
	return false;
}

enum err
web_draw_list(struct exchange *x, const struct face *face, const struct json *answer)
{
	const struct op *op = &ops[face->op];
	const struct face *make = form_for_new(op);
	const struct face *owner = op_param_count(op) ? page_of(&resources[op->resource]) : NULL;
	struct str list = face_address(x->cx.arena, face, x->request.path_params);
	struct page_web_list props = {
		.page = page_props(x),
		.frame = web_frame(x, face, STR_NONE),
		.way = {list},
		.status = tabs_field(op) ? form_get(&x->query, tabs_field(op)->name) : STR_NONE,
		.has_search = op_input_named(op, STR("search")) != NULL,
		.search = form_get(&x->query, "search"),
		.next = {next_way(x, op, list, json_get_str(answer, "next"))},
		.is_narrowed = is_narrowed(x, op),
	};
	struct buf *html = page_begin(x);

	if (owner)
		props.back.target = face_address(x->cx.arena, owner, x->request.path_params);
	if (make && !owner)
		props.make.target = str_of(make->pattern);
	props.make_label = page_say(language_of(x), SAY_NEW);
	props.tabs = tabs_of(x, op, list, &props.tabs_count);
	props.columns = columns_of(x, op, &props.columns_count);
	props.rows = rows_of(x, op, answer, &props.rows_count);
	page_web_list(html, &props);
	return page_reply(x, 200, html);
}
