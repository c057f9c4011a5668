/* Where fields stand in their rows, and one switch over their kinds. */
#include "server/admin/rows.h"

#include "lib/base/clock.h"

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

static void
write_time(struct buf *out, const char *name, int64_t ms)
{
	char text[21];

	clock_format_utc(ms, text);
	json_member_str(out, name, str_of(text));
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
	case OP_TIME: /* 0 is none */
		if (*(const int64_t *)value)
			write_time(out, f->name, *(const int64_t *)value);
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

struct user_row
admin_user_row(const struct user *user)
{
	return (struct user_row){
		.user = *user,
		.status = user->disabled_ms ? STR("disabled") : STR("active"),
		.is_email_verified = user->email_verified == EMAIL_VERIFIED,
	};
}
