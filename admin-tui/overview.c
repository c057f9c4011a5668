/* The overview: an answer of `server status`, and one of `audit stats` every few seconds. */
#include "admin-tui/overview.h"

#include "admin-tui/ask.h"
#include "admin-tui/item.h"
#include "admin-tui/list.h"
#include "admin-tui/open.h"
#include "admin-tui/value.h"
#include "lib/base/duration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SAMPLES_MAX = 120,
	LINES_MAX = 60,
	FINDINGS_MAX = 12,
	DOCTOR_MS = 60 * 1000, /* what it finds changes slowly */
	LABEL_COLUMNS = 24,
	VALUE_COLUMNS = 14,
	WAITING_MANY = 5, /* fewer are on their way, such as our own */
};

/* Events of the last minute that are worth a curve. */
static const struct {
	const char *label;
	const char *events; /* of lib/audit/events.def, summed */
	const char *filter; /* of the trail, where Enter leads */
	bool is_bad;
} curves[] = {
	{"Sign-ins", "AUTHENTICATION_SUCCESS", "event:AUTHENTICATION_SUCCESS", false},
	{"Failed sign-ins", "AUTHENTICATION_FAILURE", "event:AUTHENTICATION_FAILURE", true},
	{"Tokens issued", "ACCESS_TOKEN_ISSUED TOKEN_REFRESHED CLIENT_CREDENTIALS_TOKEN_ISSUED",
		"event:ACCESS_TOKEN_ISSUED", false},
	{"Requests refused",
		"CLIENT_AUTHENTICATION_FAILURE TOKEN_REQUEST_REFUSED DEVICE_CODE_REFUSED "
		"ACCESS_TOKEN_REFUSED SCOPE_REFUSED FORM_REFUSED ACCESS_REFUSED",
		"event:TOKEN_REQUEST_REFUSED", true},
	{"Limits passed", "RATE_LIMIT_EXCEEDED", "event:RATE_LIMIT_EXCEEDED", true},
	{"Stolen or replayed",
		"SUSPICIOUS_ACTIVITY AUTHORIZATION_CODE_REPLAYED AUTHORIZATION_CODE_MISMATCHED",
		"event:SUSPICIOUS_ACTIVITY", true},
};

struct overview {
	struct tui_view view;
	struct tui_request *status, *doctor;
	int64_t doctor_due_ms;
	uint32_t samples[countof(curves)][SAMPLES_MAX]; /* the newest last */
	size_t sample_count;
	bool was_asked;
	char problem[300];
	size_t here, line_count;
	int top;
};

/* One that can lead somewhere. */
struct line {
	struct str label, value;
	enum tui_role role;
	bool is_head;
	int screen;     /* -1: nowhere */
	enum op_id tab; /* of the screen, if it has tabs; 0: the first */
	const char *filter;
	size_t curve; /* 1 and more; 0: none */
};

struct lines {
	struct line all[LINES_MAX];
	size_t count;
};

/* ---- asking ---- */

static void
take_status(struct tui *tui, struct tui_request *request)
{
	struct overview *o = request->owner;

	if (request->answer.outcome != DOOR_ANSWERED) {
		(void)snprintf(
			o->problem, sizeof o->problem, "%.*s", STR_ARG(request->answer.problem));
		return;
	}
	o->problem[0] = '\0';
	tui_request_keep(request);
	tui_request_free(o->status);
	o->status = request;
	tui->clients_pending = (int)json_get_i64(request->answer.json, "clients_pending", 0);
}

/* One that does not know the question is asked again all the same: it may be upgraded. */
static void
take_doctor(struct tui *tui, struct tui_request *request)
{
	struct overview *o = request->owner;

	(void)tui;
	if (request->answer.outcome != DOOR_ANSWERED)
		return;
	tui_request_keep(request);
	tui_request_free(o->doctor);
	o->doctor = request;
}

static uint32_t
sum_of(const struct json *json, const char *events)
{
	const struct json *row;
	int64_t sum = 0;

	for (size_t i = 0; (row = json_array_object(json, "stats", i)); i++)
		STR_EACH (event, str_of(events))
			if (str_eq(event, json_get_str(row, "event")))
				sum += json_get_i64(row, "count", 0);
	return sum < 0 ? 0 : sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

static void
take_stats(struct tui *tui, struct tui_request *request)
{
	struct overview *o = request->owner;

	(void)tui;
	if (request->answer.outcome != DOOR_ANSWERED)
		return;
	if (o->sample_count == SAMPLES_MAX)
		o->sample_count--;
	for (size_t i = 0; i < countof(curves); i++) {
		uint32_t *samples = o->samples[i];

		if (o->sample_count == SAMPLES_MAX - 1)
			memmove(samples, samples + 1, o->sample_count * sizeof *samples);
		samples[o->sample_count] = sum_of(request->answer.json, curves[i].events);
	}
	o->sample_count++;
}

static void
tick(struct tui *tui, struct tui_view *v, bool is_due)
{
	struct overview *o = (struct overview *)v;
	const struct op *stats = &ops[OP_audit_stats];
	struct door_value since = {op_input_named(stats, STR("since")), STR("1m")};

	if ((o->was_asked && !is_due) || tui_is_asking(tui, o))
		return;
	o->was_asked = true;
	if (tui->now_ms >= o->doctor_due_ms) {
		o->doctor_due_ms = tui->now_ms + DOCTOR_MS;
		tui_ask(tui, tui_request_new(o, take_doctor),
			&(struct door_question){.op = &ops[OP_server_doctor]});
	}
	tui_ask(tui, tui_request_new(o, take_status),
		&(struct door_question){.op = &ops[OP_server_status]});
	tui_ask(tui, tui_request_new(o, take_stats),
		&(struct door_question){.op = stats, .values = &since, .value_count = 1});
}

/* ---- what stands there ---- */

static struct line *
add(struct lines *l, const char *label, struct str value)
{
	struct line *line = &l->all[l->count < LINES_MAX - 1 ? l->count++ : l->count];

	*line = (struct line){.label = str_of(label), .value = value, .screen = -1};
	return line;
}

static void
add_head(struct lines *l, const char *label)
{
	if (l->count)
		(void)add(l, "", STR_NONE);
	add(l, label, STR_NONE)->is_head = true;
}

static void
add_member(struct lines *l, struct arena *arena, const struct json *json, const char *label,
	const char *member, int screen, const char *filter)
{
	struct line *line = add(l, label, tui_value(arena, json, member));

	line->screen = screen;
	line->filter = filter;
}

/* In words, not in numbers; each leads to where something can be done about it. */
static void
add_warnings(struct lines *l, struct arena *arena, const struct json *json)
{
	static const struct {
		const char *member, *who;
	} queues[] = {{"waiting_for_readers", "readers"}, {"waiting_for_workers", "workers"},
		{"waiting_for_hashers", "hashers"}, {"waiting_for_callers", "callers"},
		{"waiting_for_writer", "the writer"}};
	int64_t pending = json_get_i64(json, "clients_pending", 0), waiting;
	struct line *line;

	if (pending) {
		line = add(l, "!",
			str_printf(arena, "%lld client%s for approval", (long long)pending,
				pending == 1 ? " waits" : "s wait"));
		line->role = ROLE_WARN;
		line->screen = 2;
		line->filter = "status:pending";
	}
	if (json_get_i64(json, "admins", 2) < 2) {
		line = add(l, "!", STR("There is only one active administrator."));
		line->role = ROLE_WARN;
		line->screen = 3;
		line->filter = "role:admin";
	}
	for (size_t i = 0; i < countof(queues); i++) {
		waiting = json_get_i64(json, queues[i].member, 0);
		if (waiting < WAITING_MANY)
			continue;
		line = add(l, "!",
			str_printf(arena, "%lld request%s for %s", (long long)waiting,
				waiting == 1 ? " waits" : "s wait", queues[i].who));
		line->role = ROLE_WARN;
		line->screen = 9;
	}
}

/* What authgate doctor would say, where the server can tell it of itself. */
static void
add_findings(struct lines *l, struct arena *arena, const struct json *json)
{
	const struct json *row;
	size_t shown = 0;

	for (size_t i = 0; json && (row = json_array_object(json, "checks", i)); i++) {
		struct str state = json_get_str(row, "state");
		struct line *line;

		if (str_is(state, "ok") || shown++ == FINDINGS_MAX)
			continue;
		line = add(l, "!",
			str_printf(arena, "%.*s: %.*s", STR_ARG(tui_value(arena, row, "check")),
				STR_ARG(tui_value(arena, row, "text"))));
		line->role = str_is(state, "fail") ? ROLE_BAD : ROLE_WARN;
		line->screen = 9;
		line->tab = OP_server_doctor;
	}
}

static void
add_server(struct lines *l, struct tui *tui, const struct json *json)
{
	struct arena *arena = &tui->canvas.arena;
	bool ready = json_get_bool(json, "ready", false);
	struct line *line;

	add_head(l, "Server");
	line = add(l, "State",
		ready ? str_printf(arena, "%.*s ready to serve",
				STR_ARG(tui_either(&tui->canvas, "●", "*")))
		      : str_printf(arena, "%.*s not ready: %.*s",
				STR_ARG(tui_either(&tui->canvas, "✗", "x")),
				STR_ARG(tui_value(arena, json, "reason"))));
	line->role = ready ? ROLE_GOOD : ROLE_BAD;
	line->screen = 9;
	add_member(l, arena, json, "Issuer", "issuer", -1, NULL);
	(void)add(l, "Version",
		str_printf(arena, "%.*s on %.*s", STR_ARG(tui_value(arena, json, "version")),
			STR_ARG(tui_value(arena, json, "database"))));
	(void)add(
		l, "Running for", duration_words(arena, json_get_i64(json, "uptime_s", 0) * 1000));
	line = add(l, "Signs with",
		str_printf(arena, "%.*s, %.*s keys", STR_ARG(tui_value(arena, json, "signs_with")),
			STR_ARG(tui_value(arena, json, "keys"))));
	line->screen = 8;
}

static void
fill(struct lines *l, struct tui *tui, const struct overview *o)
{
	struct arena *arena = &tui->canvas.arena;
	const struct json *json = o->status ? o->status->answer.json : NULL;

	l->count = 0;
	if (!json)
		return;
	add_warnings(l, arena, json);
	add_findings(l, arena, o->doctor ? o->doctor->answer.json : NULL);
	add_server(l, tui, json);
	add_head(l, "What there is");
	add_member(l, arena, json, "Clients", "clients", 2, NULL);
	add_member(l, arena, json, "Users", "users", 3, NULL);
	add_member(l, arena, json, "Administrators", "admins", 3, "role:admin");
	add_head(l, "In the last minute");
	for (size_t i = 0; i < countof(curves); i++) {
		uint32_t last = o->sample_count ? o->samples[i][o->sample_count - 1] : 0;
		struct line *line =
			add(l, curves[i].label, str_printf(arena, "%u", (unsigned)last));

		line->role = curves[i].is_bad && last ? ROLE_WARN : ROLE_TEXT;
		line->screen = 7;
		line->filter = curves[i].filter;
		line->curve = i + 1;
	}
}

/* ---- drawing ---- */

static void
draw_curve(struct tui *tui, const struct overview *o, size_t curve, struct tui_box box,
	enum tui_role role)
{
	static const char *const fine[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const plain[] = {"_", ".", "-", "=", "+", "*", "%", "#"};
	struct tui_canvas *c = &tui->canvas;
	uint32_t most = 1;
	size_t shown =
		o->sample_count < (size_t)box.columns ? o->sample_count : (size_t)box.columns;
	const uint32_t *samples = o->samples[curve] + o->sample_count - shown;

	for (size_t i = 0; i < shown; i++)
		if (samples[i] > most)
			most = samples[i];
	for (size_t i = 0; i < shown; i++) {
		size_t level = (size_t)((uint64_t)samples[i] * 7 / most);

		(void)tui_put(c, box.row, box.column + (int)i, 1, role,
			str_of(c->utf8 ? fine[level] : plain[level]));
	}
}

static void
draw_line(struct tui *tui, const struct overview *o, const struct line *line, struct tui_box box,
	bool is_here)
{
	struct tui_canvas *c = &tui->canvas;
	bool is_warning = str_is(line->label, "!");
	enum tui_role role = is_here ? ROLE_SELECTED : !tui->is_connected ? ROLE_DIM : line->role;
	int labels = is_warning ? 2 : LABEL_COLUMNS;

	if (line->is_head) {
		(void)tui_put(c, box.row, box.column, box.columns, ROLE_HEAD, line->label);
		return;
	}
	if (is_here) {
		tui_blank(c, box, ROLE_SELECTED);
		c->cursor_row = box.row;
		c->cursor_column = box.column;
	}
	(void)tui_put(c, box.row, box.column + 2, labels, is_here || is_warning ? role : ROLE_DIM,
		line->label);
	(void)tui_put(
		c, box.row, box.column + 2 + labels, box.columns - labels - 3, role, line->value);
	if (line->curve)
		draw_curve(tui, o, line->curve - 1,
			(struct tui_box){box.row, box.column + 2 + labels + VALUE_COLUMNS, 1,
				box.columns - labels - VALUE_COLUMNS - 4},
			is_here                   ? role
			: line->role == ROLE_TEXT ? ROLE_LINK
						  : role);
}

static bool
leads(const struct lines *l, size_t i)
{
	return i < l->count && l->all[i].screen >= 0;
}

static void
draw(struct tui *tui, struct tui_view *v, struct tui_box box, bool is_focused)
{
	struct overview *o = (struct overview *)v;
	struct lines l;

	fill(&l, tui, o);
	o->line_count = l.count;
	if (!l.count) {
		(void)tui_put(&tui->canvas, box.row + 1, 2, box.columns - 2,
			*o->problem ? ROLE_BAD : ROLE_DIM,
			*o->problem ? str_of(o->problem) : tui_either(&tui->canvas, "…", "..."));
		return;
	}
	while (o->here < l.count && !leads(&l, o->here))
		o->here++;
	while (o->here && !leads(&l, o->here))
		o->here--;
	if ((int)o->here < o->top)
		o->top = (int)o->here;
	if ((int)o->here >= o->top + box.rows)
		o->top = (int)o->here - box.rows + 1;
	if (o->here < 4)
		o->top = 0;
	for (int i = 0; i < box.rows && (size_t)o->top + (size_t)i < l.count; i++) {
		size_t k = (size_t)o->top + (size_t)i;
		struct tui_box row = {box.row + i, box.column, 1, box.columns};

		draw_line(tui, o, &l.all[k], row, is_focused && k == o->here);
		if (leads(&l, k))
			tui_spot(&tui->canvas, row, TUI_KEY_CLICK_ROW, (int)k);
	}
}

/* ---- keys ---- */

static void
step(struct overview *o, const struct lines *l, long by)
{
	long at = (long)o->here;

	do
		at += by;
	while (at >= 0 && at < (long)l->count && !leads(l, (size_t)at));
	if (at >= 0 && at < (long)l->count)
		o->here = (size_t)at;
}

static void
jump(struct tui *tui, const struct line *line)
{
	const struct tui_screen *screen = tui_screen(line->screen);
	struct tui_list *l;

	tui_go(tui, line->screen);
	l = tui_list_of(tui_top(tui));
	if (l && screen->op)
		(void)tui_list_filter(tui, l, str_of(line->filter));
	if (line->tab)
		tui_item_go(tui_item_of(tui_top(tui)), line->tab);
}

static bool
act(struct tui *tui, struct tui_view *v, enum tui_action action, const struct tui_key *key)
{
	struct overview *o = (struct overview *)v;
	struct lines l;

	fill(&l, tui, o);
	if (key->code == TUI_KEY_CLICK_ROW) {
		bool again = o->here == (size_t)key->number && key->twice;

		o->here = (size_t)key->number;
		if (!again)
			return true;
		action = ACTION_OPEN;
	}
	switch (action) {
	case ACTION_UP: step(o, &l, -1); return true;
	case ACTION_DOWN: step(o, &l, 1); return true;
	case ACTION_FIRST: o->here = 0; return true;
	case ACTION_LAST: o->here = l.count ? l.count - 1 : 0; return true;
	case ACTION_OPEN:
		if (leads(&l, o->here))
			jump(tui, &l.all[o->here]);
		return true;
	default: return false;
	}
}

/* ---- the view ---- */

static void
title(const struct tui_view *v, struct buf *out)
{
	(void)v;
	buf_add_c(out, "Overview");
}

static void
end(struct tui *tui, struct tui_view *v)
{
	struct overview *o = (struct overview *)v;

	tui_ask_cancel(tui, o);
	tui_request_free(o->status);
	tui_request_free(o->doctor);
	free(o);
}

static const struct tui_view_kind kind = {
	.draw = draw, .act = act, .tick = tick, .title = title, .free = end, .places = IN_ITEM};

struct tui_view *
tui_overview_new(struct tui *tui)
{
	struct overview *o = xcalloc(1, sizeof *o);

	(void)tui;
	o->view.kind = &kind;
	o->view.screen = -1;
	return &o->view;
}
