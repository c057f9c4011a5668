/* Values, states, names. */
#include "admin-tui/value.h"

#include "lib/base/clock.h"
#include "lib/base/timestamp.h"

#include <string.h>
#include <time.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, YEAR_D = 365 };

struct str
tui_value(struct arena *arena, const struct json *row, const char *member)
{
	struct str words = STR_NONE;

	switch (json_kind(row, member)) {
	case JSON_IS_NUMBER:
		return str_printf(arena, "%lld", (long long)json_get_i64(row, member, 0));
	case JSON_IS_FLAG: return json_get_bool(row, member, false) ? STR("yes") : STR("no");
	case JSON_IS_TEXT: return json_get_str(row, member);
	case JSON_IS_LIST:
		if (json_get_words(row, member, arena, &words))
			return STR("?");
		break;
	case JSON_IS_OBJECT:
	case JSON_IS_ABSENT: break;
	}
	return words;
}

/* ---- time ---- */

struct str
tui_age(struct arena *arena, int64_t ms)
{
	int64_t s = (ms < 0 ? -ms : ms) / MS_PER_S;
	const char *unit = "s";

	if (s >= 2 * DAY_S) {
		s /= DAY_S;
		unit = "d";
	} else if (s >= 2 * HOUR_S) {
		s /= HOUR_S;
		unit = "h";
	} else if (s >= 2 * MINUTE_S) {
		s /= MINUTE_S;
		unit = "min";
	}
	return str_printf(arena, "%s%lld %s", ms < 0 ? "in " : "", (long long)s, unit);
}

static struct str
instant(struct arena *arena, int64_t ms, enum tui_times times)
{
	time_t seconds = (time_t)(ms / MS_PER_S);
	struct tm parts;
	char text[40];

	if (times == TIMES_UTC) {
		clock_format_utc(ms, text);
		return str_copy(arena, str_of(text));
	}
	if (!localtime_r(&seconds, &parts) ||
		!strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts))
		return STR_NONE;
	return str_copy(arena, str_of(text));
}

static struct str
time_shown(const struct tui *tui, struct arena *arena, struct str text, bool is_short)
{
	struct str age;
	int64_t ms;

	if (!text.n || timestamp_parse(text, &ms))
		return text;
	if (is_short && tui->times != TIMES_AGE)
		return instant(arena, ms, tui->times);
	age = tui_age(arena, tui->wall_ms - ms);
	if (is_short)
		return age;
	return str_printf(arena, "%.*s (%.*s%s)",
		STR_ARG(instant(arena, ms, tui->times == TIMES_AGE ? TIMES_LOCAL : tui->times)),
		STR_ARG(age), tui->wall_ms >= ms ? " ago" : "");
}

struct str
tui_value_shown(const struct tui *tui, struct arena *arena, const struct json *row,
	const struct op_field *field, bool is_short)
{
	struct str value = tui_value(arena, row, field->name);

	return field->kind == OP_TIME ? time_shown(tui, arena, value, is_short) : value;
}

/* ---- states ---- */

static const struct {
	const char *word;
	enum tui_role role;
	const char *sign, *ascii;
} states[] = {
	{"active", ROLE_GOOD, "●", "*"},
	{"ok", ROLE_GOOD, "●", "*"},
	{"approved", ROLE_GOOD, "●", "*"},
	{"info", ROLE_DIM, "·", "."},
	{"redeemed", ROLE_DIM, "✓", "v"},
	{"pending", ROLE_WARN, "!", "!"},
	{"warn", ROLE_WARN, "!", "!"},
	{"next", ROLE_WARN, "○", "o"},
	{"warning", ROLE_WARN, "!", "!"},
	{"waiting", ROLE_DIM, "·", "."},
	{"elsewhere", ROLE_DIM, "·", "."},
	{"disabled", ROLE_DIM, "○", "o"},
	{"retired", ROLE_DIM, "○", "o"},
	{"expired", ROLE_DIM, "○", "o"},
	{"revoked", ROLE_BAD, "✗", "x"},
	{"denied", ROLE_BAD, "✗", "x"},
	{"fail", ROLE_BAD, "✗", "x"},
	{"failed", ROLE_BAD, "✗", "x"},
	{"error", ROLE_BAD, "✗", "x"},
	{"critical", ROLE_BAD, "‼", "X"},
};

enum tui_role
tui_state_role(struct str word)
{
	for (size_t i = 0; i < countof(states); i++)
		if (str_is(word, states[i].word))
			return states[i].role;
	return ROLE_TEXT;
}

struct str
tui_state_sign(const struct tui_canvas *c, struct str word)
{
	for (size_t i = 0; i < countof(states); i++)
		if (str_is(word, states[i].word))
			return tui_either(c, states[i].sign, states[i].ascii);
	return STR_NONE;
}

const struct op_field *
tui_state_field(const struct resource *r)
{
	static const char *const members[] = {"status", "state", "severity"};
	const struct op_field *field = NULL;

	for (size_t i = 0; i < countof(members) && !field; i++)
		field = resource_field(r, str_of(members[i]));
	return field && field->kind == OP_CHOICE ? field : NULL;
}

/* ---- names ---- */

struct str
tui_row_id(struct arena *arena, const struct resource *r, const struct json *row)
{
	for (size_t i = 0; row && i < r->field_count; i++)
		if (r->fields[i].kind == OP_ID && r->fields[i].places & OP_SHOW) {
			struct str id = tui_value(arena, row, r->fields[i].name);

			if (id.n)
				return id;
		}
	return row && r->name_field ? tui_value(arena, row, r->name_field) : STR_NONE;
}

struct str
tui_row_name(struct arena *arena, const struct resource *r, const struct json *row)
{
	struct str name = STR_NONE;

	if (row && r->name_field)
		name = tui_value(arena, row, r->name_field);
	return name.n ? name : tui_row_id(arena, r, row);
}

static const struct {
	enum op_id op;
	const char *heading;
} headings[] = {
	{OP_client_list, "Clients"},
	{OP_user_list, "Users"},
	{OP_grant_list, "Grants"},
	{OP_token_list, "Tokens"},
	{OP_session_list, "Sessions"},
	{OP_device_list, "Devices"},
	{OP_audit_list, "Audit"},
	{OP_key_list, "Keys"},
	{OP_audit_stats, "Events"},
	{OP_server_status, "Server"},
	{OP_server_config, "Configuration"},
	{OP_server_doctor, "Doctor"},
	{OP_server_queues, "Queues"},
	{OP_server_jobs, "Jobs"},
	{OP_client_authorizations, "Users"},
	{OP_user_authorizations, "Apps"},
	{OP_user_connections, "Connections"},
};

const char *
tui_heading(const struct op *op)
{
	for (size_t i = 0; i < countof(headings); i++)
		if (headings[i].op == op->id)
			return headings[i].heading;
	return op->verb;
}
