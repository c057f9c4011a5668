/* Screens, links, and files of rows. */
#include "admin-tui/open.h"

#include "admin-tui/detail.h"
#include "admin-tui/item.h"
#include "admin-tui/overview.h"
#include "admin-tui/value.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXPORT_MAX = 8 << 20 };

static const struct tui_screen screens[TUI_SCREENS] = {
	[1] = {"Overview", NULL},
	[2] = {"Clients", &ops[OP_client_list]},
	[3] = {"Users", &ops[OP_user_list]},
	[4] = {"Tokens", &ops[OP_token_list]},
	[5] = {"Sessions", &ops[OP_session_list]},
	[6] = {"Devices", &ops[OP_device_list]},
	[7] = {"Audit", &ops[OP_audit_list]},
	[8] = {"Keys", &ops[OP_key_list]},
	[9] = {"Server", &ops[OP_server_status]},
	[0] = {"Grants", &ops[OP_grant_list]},
};

const struct tui_screen *
tui_screen(int number)
{
	return number >= 0 && number < TUI_SCREENS ? &screens[number] : NULL;
}

struct tui_view *
tui_screen_new(struct tui *tui, int number)
{
	const struct op *op = screens[number].op;
	struct tui_view *v;

	if (!op)
		v = tui_overview_new(tui);
	else if (op->resource == RESOURCE_server)
		v = &tui_item_new(tui, &resources[RESOURCE_server], STR_NONE, NULL)->view;
	else
		v = &tui_list_new(tui, op, NULL, STR_NONE)->view;
	v->screen = number;
	return v;
}

void
tui_open_item(struct tui *tui, const struct resource *r, struct str id, const struct json *row)
{
	if (id.n && id.n < TUI_ID_MAX)
		tui_push(tui, &tui_item_new(tui, r, id, row)->view);
}

void
tui_open_list(struct tui *tui, const struct op *op, struct str filter)
{
	for (int i = 0; i < TUI_SCREENS; i++)
		if (screens[i].op == op)
			tui_go(tui, i);
	if (filter.n && tui_list_of(tui_top(tui)))
		(void)tui_list_filter(tui, tui_list_of(tui_top(tui)), filter);
}

void
tui_open_field(struct tui *tui, const struct resource *r, const struct json *row,
	const struct op_field *field)
{
	struct arena arena = {0};
	struct str value = tui_value(&arena, row, field->name), noun, id = value;
	const struct resource *to = tui_detail_link(r, field);

	/* The trail says "client:ID". */
	if (!to && r->id == RESOURCE_audit) {
		noun = str_cut(&id, ':');
		to = resource_named(noun);
	}
	if (to && op_named(to, STR("show")))
		tui_open_item(tui, to, id, NULL);
	else if (to && to->id == RESOURCE_grant)
		tui_say(tui, ROLE_TEXT, "Grant %.*s: see :grants", STR_ARG(id));
	arena_free(&arena);
}

void
tui_open_row(struct tui *tui, const struct tui_list *l, const struct json *row)
{
	const struct resource *r = l->row;
	struct arena arena = {0};

	if (r->noun) {
		tui_open_item(tui, r, tui_row_id(&arena, r, row), row);
		arena_free(&arena);
		return;
	}
	arena_free(&arena);
	for (size_t i = 0; i < r->field_count; i++)
		if (tui_detail_link(r, &r->fields[i])) {
			tui_open_field(tui, r, row, &r->fields[i]);
			return;
		}
	/* One that is only known from its list. */
	tui_open_item(tui, r, tui_row_id(&tui->canvas.arena, r, row), row);
}

/* ---- export ---- */

/* RFC 4180; what a spreadsheet would take for a formula gets an apostrophe. */
static void
add_csv(struct buf *out, struct str text)
{
	bool is_formula = text.n && strchr("=+-@\t\r", *text.p);

	buf_add_char(out, '"');
	if (is_formula)
		buf_add_char(out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, text.p[i]);
	}
	buf_add_char(out, '"');
}

static void
add_rows(struct buf *out, struct arena *arena, const struct tui_list *l)
{
	const struct resource *r = l->row;
	bool is_first = true;

	for (size_t f = 0; f < r->field_count; f++)
		if (r->fields[f].places & OP_SHOW) {
			buf_add_printf(out, "%s%s", is_first ? "" : ",", r->fields[f].name);
			is_first = false;
		}
	buf_add_c(out, "\r\n");
	for (size_t i = 0; i < l->count; i++) {
		is_first = true;
		for (size_t f = 0; f < r->field_count; f++) {
			if (!(r->fields[f].places & OP_SHOW))
				continue;
			if (!is_first)
				buf_add_char(out, ',');
			add_csv(out, tui_value(arena, tui_list_row(l, i), r->fields[f].name));
			is_first = false;
		}
		buf_add_c(out, "\r\n");
	}
}

void
tui_export(struct tui *tui, struct tui_list *l)
{
	struct arena arena = {0};
	struct str name = str_printf(&arena, "authgate-%s-%lld.csv", l->row->plural,
		(long long)(tui->wall_ms / MS_PER_S));
	struct buf out;
	int fd = open(name.p, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0) {
		tui_say(tui, ROLE_BAD, "%s: %s", name.p, strerror(errno));
		arena_free(&arena);
		return;
	}
	buf_init(&out, &arena, EXPORT_MAX);
	add_rows(&out, &arena, l);
	if (!buf_ok(&out) || write(fd, out.p, out.n) != (ssize_t)out.n)
		tui_say(tui, ROLE_BAD, "%s could not be written", name.p);
	else
		tui_say(tui, ROLE_GOOD, "%zu rows are in %s.", l->count, name.p);
	(void)close(fd);
	arena_free(&arena);
}
