/* One switch over the kinds of fields, and what links to what. */
#include "server/web/draw.h"

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

struct str
web_capital(struct exchange *x, const char *text)
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
	return web_capital(x, op->verb);
}

/* ---- what names what ---- */

/* Fields that hold the id of something with a page. */
static const struct {
	const char *field;
	enum op_id shown_by;
} references[] = {
	{"client_id", OP_client_show},
	{"user_id", OP_user_show},
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

const struct face *
web_page_of(const struct resource *r)
{
	for (size_t i = 0; i < FACE_COUNT; i++)
		if (faces[i].kind == FACE_SHOW && ops[faces[i].op].row == r->id &&
			op_param_count(&ops[faces[i].op]) == 1)
			return &faces[i];
	return NULL;
}

static bool
is_here(const struct exchange *x, const struct face *page)
{
	return route_face(x->route) == page;
}

/* Where a value leads: to what it names, or to the row that it is the name of. */
static struct local_way
way_from(struct exchange *x, const struct resource *r, const struct op_field *f,
	const struct json *row)
{
	const struct face *page = web_page_of(r);
	bool is_own = (r->name_field && !strcmp(f->name, r->name_field)) || f == key_field(r);
	struct str key;

	if (!(x->route->flags & ROUTE_OPERATE))
		return (struct local_way){STR_NONE};
	for (size_t i = 0; !is_own && i < countof(references); i++)
		if (!strcmp(f->name, references[i].field)) {
			page = face_find(FACE_SHOW, references[i].shown_by);
			key = json_get_str(row, f->name);
			if (page && key.n)
				return (struct local_way){face_address(x->cx.arena, page, &key)};
		}
	key = web_key(r, row);
	if (!is_own || !page || !key.n || is_here(x, page))
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

bool
web_is_named(const char *names, const char *name)
{
	STR_EACH (one, str_of(names))
		if (str_is(one, name))
			return true;
	return !names;
}

const struct web_value *
web_values(struct exchange *x, const struct resource *r, unsigned places, const struct json *row,
	size_t *ret_count)
{
	return web_values_of(x, r, places, row, NULL, ret_count);
}

/* What people know one by comes first. */
const struct web_value *
web_values_of(struct exchange *x, const struct resource *r, unsigned places, const struct json *row,
	const char *names, size_t *ret_count)
{
	struct web_value *list = arena_array(x->cx.arena, struct web_value, VALUES_MAX);
	const struct op_field *first =
		r->name_field ? resource_field(r, str_of(r->name_field)) : NULL;
	size_t n = 0;

	if (first && has_place(first, places, row))
		list[n++] = value_of(x, r, first, row);
	for (size_t i = 0; i < r->field_count && n < VALUES_MAX; i++)
		if (&r->fields[i] != first && has_place(&r->fields[i], places, row) &&
			web_is_named(names, r->fields[i].name))
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
	{OP_user_enable, "status", "disabled"},
	{OP_user_disable, "status", "active"},
	{OP_user_promote, "role", "user"},
	{OP_user_demote, "role", "admin"},
	{OP_grant_enable, "state", "disabled"},
	{OP_grant_disable, "state", "active"},
	{OP_grant_revoke, "state", "active disabled"},
	{OP_token_revoke, "state", "active disabled"},
	{OP_device_deny, "state", "pending"},
	{OP_key_rotate, "state", "active"},
	{OP_key_promote, "state", "next"},
};

static bool
makes_sense(const struct op *op, const struct json *row)
{
	for (size_t i = 0; i < countof(when); i++)
		if (row && when[i].op == op->id &&
			!is_among(json_get_str(row, when[i].field), when[i].values))
			return false;
	return true;
}

/* Whether the address of one operation continues that of another. */
static bool
is_below(const struct op *op, const struct op *base)
{
	size_t n = strlen(base->path);

	if (strncmp(op->path, base->path, n) != 0)
		return false;
	return op->path[n] == '/' || !op->path[n];
}

static bool
is_page_beside(const struct face *face, const struct op *base, size_t param_count)
{
	const struct op *op = &ops[face->op];

	if (op->id == base->id || op_param_count(op) != param_count || !is_below(op, base))
		return false;
	if (face->kind == FACE_FILE && face_find(FACE_LIST, op->id))
		return false;
	return face->kind != FACE_NEW && face->kind != FACE_CREATE && face->kind != FACE_UPDATE &&
	       face->kind != FACE_ACT && strcmp(op->verb, "compare") != 0;
}

/* The parameters of an address: those of this one, and what the row says of the next. */
static const struct str *
params_for(
	struct exchange *x, const struct op *op, const struct resource *r, const struct json *row)
{
	struct str *params = arena_array(x->cx.arena, struct str, PATH_PARAMS_MAX);
	size_t here = op_param_count(&ops[route_face(x->route)->op]);

	for (size_t i = 0; i < op_param_count(op) && i < PATH_PARAMS_MAX; i++) {
		struct str name = op_param(op, i);

		if (i < here)
			params[i] = x->request.path_params[i];
		else if (str_is(name, "id"))
			params[i] = web_key(r, row);
		else
			params[i] = json_get_str(row, str_c(x->cx.arena, name));
	}
	return params;
}

const struct web_link *
web_links(struct exchange *x, const struct op *base, size_t param_count, const struct json *row,
	size_t *ret_count)
{
	struct web_link *links = arena_array(x->cx.arena, struct web_link, LINKS_MAX);
	size_t n = 0;

	for (size_t i = 0; i < FACE_COUNT && n < LINKS_MAX; i++) {
		const struct op *op = &ops[faces[i].op];

		if (!is_page_beside(&faces[i], base, param_count) || !makes_sense(op, row))
			continue;
		links[n++] = (struct web_link){
			.label = web_verb(x, op),
			.way = {face_address(x->cx.arena, &faces[i],
				params_for(x, op, &resources[base->row], row))},
			.is_grave = op->effect == OP_DESTROYS,
		};
	}
	*ret_count = n;
	return links;
}

/* The page with the longest address of which that of the operation is a continuation. */
static const struct face *
page_above(const struct op *op, bool may_be_same)
{
	const struct face *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < FACE_COUNT; i++) {
		const struct op *other = &ops[faces[i].op];
		size_t n = strlen(other->path);

		if ((faces[i].kind != FACE_SHOW && faces[i].kind != FACE_LIST) || n <= longest ||
			other == op || !is_below(op, other))
			continue;
		if (!may_be_same && !strcmp(other->path, op->path))
			continue;
		found = &faces[i];
		longest = n;
	}
	return found;
}

static struct str
address_above(struct exchange *x, const struct op *op, bool may_be_same)
{
	const struct face *page = page_above(op, may_be_same);

	if (!page)
		return STR("/admin");
	return face_address(x->cx.arena, page, x->request.path_params);
}

struct str
web_way_back(struct exchange *x, const struct op *op)
{
	return address_above(x, op, strcmp(op->method, "DELETE") != 0);
}

struct str
web_way_up(struct exchange *x, const struct op *op)
{
	return address_above(x, op, false);
}

/* ---- the frame ---- */

/* The list of a noun, or what stands for one. */
static bool
is_place(const struct face *face)
{
	bool is_whole = !strcmp(ops[face->op].verb, "list") || face->op == OP_server_status;

	return is_whole && (face->kind == FACE_LIST || face->kind == FACE_SHOW);
}

struct str
web_title(struct exchange *x, const struct op *op)
{
	const struct resource *r = &resources[op->row];
	const char *name = r->plural ? r->plural : r->noun ? r->noun : r->schema;

	return web_words(x, name, name);
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
	struct web_frame frame = {
		.nav = page_say(language_of(x), SAY_ADMINISTRATION),
		.places = places,
		.title = title,
		.done = done_words(x),
	};

	places[frame.places_count++] = (struct web_link){
		.label = page_say(language_of(x), SAY_OVERVIEW),
		.way = {STR("/admin")},
		.is_here = !here,
	};
	for (size_t i = 0; i < FACE_COUNT && frame.places_count < LINKS_MAX; i++)
		if (is_place(&faces[i]))
			places[frame.places_count++] = (struct web_link){
				.label = web_title(x, &ops[faces[i].op]),
				.way = {str_of(faces[i].pattern)},
				.is_here =
					here && ops[faces[i].op].resource == ops[here->op].resource,
			};
	if (!frame.title.n && here)
		frame.title = web_title(x, &ops[here->op]);
	return frame;
}
