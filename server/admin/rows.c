/* Where fields stand in their rows, and one switch over their kinds. */
#include "server/admin/rows.h"

#include "lib/base/clock.h"
#include "lib/base/csv.h"

#include <stddef.h>

#define ROW_client        struct client
#define ROW_consent       struct overview
#define ROW_user          struct user_row
#define ROW_authorization struct authorization
#define ROW_connection    struct identity
#define ROW_grant         struct overview
#define ROW_token         struct overview
#define ROW_session       struct overview
#define ROW_device        struct overview
#define ROW_key           struct key_row
#define ROW_server        struct server_row
#define ROW_setting       struct setting_row
#define ROW_check         struct check_row
#define ROW_queue         struct queue_row
#define ROW_job           struct job_row
#define ROW_audit         struct audit_event_row
#define ROW_audit_count   struct audit_count_row

/* Whether a member has the type that the writer takes for the kind. */
#define IS(value, type)      _Generic((value), type : 1, default : 0)
#define FITS_ID(value)       IS(value, struct id)
#define FITS_TEXT(value)     IS(value, struct str)
#define FITS_CHOICE(value)   IS(value, struct str)
#define FITS_WORDS(value)    IS(value, struct str)
#define FITS_FLAG(value)     IS(value, bool)
#define FITS_NUMBER(value)   IS(value, int64_t)
#define FITS_DURATION(value) IS(value, struct str)
#define FITS_TIME(value)     IS(value, int64_t)
#define FIELD(resource, kind, member, name, ...) \
	_Static_assert(FITS_##kind(((ROW_##resource *)0)->member), #resource "." #name);
#include "lib/ops/all.def"

enum { NOWHERE = -1 };

static const ptrdiff_t offsets[FIELD_COUNT] = {
#define FIELD(resource, kind, member, name, ...) \
	[FIELD_##resource##_##name] = offsetof(ROW_##resource, member),
#define EXTRA(resource, kind, name, ...) [FIELD_##resource##_##name] = NOWHERE,
#include "lib/ops/all.def"
};

/* 0 is none. */
static struct str
time_text(struct arena *arena, int64_t ms)
{
	char text[21];

	if (!ms)
		return STR_NONE;
	clock_format_utc(ms, text);
	return str_copy(arena, str_of(text));
}

static void
write_member(struct buf *out, const struct op_field *f, const void *value)
{
	bool always = f->places & OP_ALWAYS;

	switch (f->kind) {
	case OP_ID: {
		const struct id *id = value;

		if (always || !id_is_zero(*id))
			json_member_str(out, f->name, id_text(out->arena, *id));
		break;
	}
	case OP_TEXT:
	case OP_CHOICE:
	case OP_DURATION:
	case OP_SECRET:
		if (always || ((const struct str *)value)->n)
			json_member_str(out, f->name, *(const struct str *)value);
		break;
	case OP_WORDS:
		if (always || ((const struct str *)value)->n)
			json_member_words(out, f->name, *(const struct str *)value);
		break;
	case OP_FLAG:
		if (always || *(const bool *)value)
			json_member_bool(out, f->name, *(const bool *)value);
		break;
	case OP_NUMBER:
		if (always || *(const int64_t *)value)
			json_member_i64(out, f->name, *(const int64_t *)value);
		break;
	case OP_TIME:
		if (*(const int64_t *)value)
			json_member_str(
				out, f->name, time_text(out->arena, *(const int64_t *)value));
		break;
	}
}

void
admin_write(struct buf *out, enum resource_id id, unsigned places, const void *row)
{
	const struct resource *r = &resources[id];

	for (size_t i = 0; i < r->field_count; i++) {
		ptrdiff_t offset = offsets[r->first_field + i];

		if (r->fields[i].places & places && offset != NOWHERE)
			write_member(out, &r->fields[i], (const char *)row + offset);
	}
}

/* ---- CSV ---- */

static struct str
text_of(struct arena *arena, const struct op_field *f, const void *value)
{
	switch (f->kind) {
	case OP_ID: {
		const struct id *id = value;

		return id_is_zero(*id) ? STR_NONE : id_text(arena, *id);
	}
	case OP_FLAG: return *(const bool *)value ? STR("true") : STR("false");
	case OP_NUMBER: return str_printf(arena, "%lld", (long long)*(const int64_t *)value);
	case OP_TIME: return time_text(arena, *(const int64_t *)value);
	case OP_TEXT:
	case OP_CHOICE:
	case OP_DURATION:
	case OP_SECRET:
	case OP_WORDS: break;
	}
	return *(const struct str *)value;
}

static size_t
last_shown(const struct resource *r)
{
	size_t last = 0;

	for (size_t i = 0; i < r->field_count; i++)
		if (r->fields[i].places & OP_SHOW && offsets[r->first_field + i] != NOWHERE)
			last = i;
	return last;
}

void
admin_write_csv(struct buf *out, enum resource_id id, const void *row)
{
	const struct resource *r = &resources[id];
	size_t last = last_shown(r);

	for (size_t i = 0; i <= last; i++) {
		ptrdiff_t offset = offsets[r->first_field + i];
		const struct op_field *f = &r->fields[i];

		if (!(f->places & OP_SHOW) || offset == NOWHERE)
			continue;
		csv_cell(out,
			row ? text_of(out->arena, f, (const char *)row + offset) : str_of(f->name),
			i == last);
	}
}

struct user_row
admin_user_row(const struct user *user)
{
	return (struct user_row){
		.user = *user,
		.status = user->disabled_ms ? STR("disabled") : STR("active"),
		.is_email_verified = user->email_verified == EMAIL_VERIFIED,
	};
}
