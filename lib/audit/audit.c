/* Writes audit rows. */
#include "lib/audit/audit.h"

#include "lib/base/buf.h"
#include "lib/base/unicode.h"
#include "lib/crypto/random.h"
#include "lib/metrics/tally.h"
#include "lib/store/audit_log.h"

enum { NAME_MAX_BYTES = 128, DETAIL_MAX = 512 };

struct event_row {
	const char *name;
	enum audit_severity severity;
	const char *sentence;
};

static const struct event_row rows[AUDIT_EVENT_COUNT] = {
#define AUDIT(name, wire, severity, sentence) \
	[AUDIT_EVENT_##name] = {wire, AUDIT_##severity, sentence},
#include "lib/audit/events.def"
#undef AUDIT
};

const char *
audit_event_name(enum audit_event event)
{
	return rows[event].name;
}

enum audit_severity
audit_event_severity(enum audit_event event)
{
	return rows[event].severity;
}

const char *
audit_event_sentence(enum audit_event event)
{
	return rows[event].sentence;
}

const char *
audit_severity_of(struct str event)
{
	static const char *const names[] = {
		[AUDIT_INFO] = "info",
		[AUDIT_WARNING] = "warning",
		[AUDIT_ERROR] = "error",
		[AUDIT_CRITICAL] = "critical",
	};

	for (size_t i = 0; i < AUDIT_EVENT_COUNT; i++)
		if (str_is(event, rows[i].name))
			return names[rows[i].severity];
	return "";
}

struct str
audit_actor_user(struct arena *arena, struct str username)
{
	return str_printf(arena, "user:%.*s", STR_ARG(username));
}

struct str
audit_actor_client(struct arena *arena, struct id client)
{
	struct str id = id_text(arena, client);

	return str_printf(arena, "client:%.*s", STR_ARG(id));
}

void
audit_key(struct str session_secret, struct secret *ret)
{
	struct secret from = {0};

	secret_set(&from, session_secret.p, session_secret.n);
	derive_key(&from, "authgate audit", ret);
	secret_free(&from);
}

/* Length of the good character at the start, 0 if it is none. */
static size_t
good(struct str s)
{
	size_t n = str_utf8_sequence(s);

	return n && !unicode_is_hidden(unicode_point(str_first(s, n))) ? n : 0;
}

static bool
is_clean(struct str s, size_t max)
{
	if (s.n > max)
		return false;
	for (size_t n; s.n; s = str_from(s, n))
		if (!(n = good(s)))
			return false;
	return true;
}

/* At most max bytes that show as what they are; the rest is '?'. */
static struct str
cleaned(struct arena *arena, struct str s, size_t max)
{
	struct buf out;

	if (is_clean(s, max))
		return s;
	buf_init(&out, arena, max);
	while (s.n && out.n < max) {
		size_t sequence = str_utf8_sequence(s), n = good(s);

		if (n > max - out.n)
			break;
		if (n)
			buf_add(&out, str_first(s, n));
		else
			buf_add_char(&out, '?');
		s = str_from(s, sequence ? sequence : 1);
	}
	return buf_str(&out);
}

/* Who took something back. */
static size_t
revoker(const struct context *cx, const struct audit_record *record)
{
	if (cx->actor.n)
		return LABEL_REVOKED_ADMIN;
	return str_starts(record->actor, STR("client:")) ? LABEL_REVOKED_CLIENT
							 : LABEL_REVOKED_USER;
}

/* What can be told from the trail alone is counted here, once for all who write it. */
static void
count(const struct context *cx, const struct audit_record *record)
{
	struct tally *t = cx->tally;

	tally_kept(t, METRIC_AUDIT_EVENTS, record->event, 1);
	switch (record->event) {
	case AUDIT_EVENT_TOKEN_REVOKED:
	case AUDIT_EVENT_ALL_REVOKED:
	case AUDIT_EVENT_CONSENT_REVOKED:
		tally_kept(t, METRIC_REVOCATIONS, revoker(cx, record), 1);
		break;
	case AUDIT_EVENT_REFRESH_REUSED:
		tally_kept(t, METRIC_REVOCATIONS, LABEL_REVOKED_REUSE, 1);
		break;
	case AUDIT_EVENT_CODE_REPLAYED:
		tally_kept(t, METRIC_REVOCATIONS, LABEL_REVOKED_REPLAY, 1);
		break;
	case AUDIT_EVENT_SESSION_REVOKED:
		tally_kept(t, METRIC_SESSIONS_ENDED, LABEL_ENDED_REVOKED, 1);
		break;
	default: break;
	}
}

enum err
audit_write(struct store *s, const struct context *cx, const struct audit_record *record)
{
	struct audit_row row = {
		.event = str_of(audit_event_name(record->event)),
		.actor = cleaned(cx->arena, record->actor, NAME_MAX_BYTES),
		.target = cleaned(cx->arena, record->target, NAME_MAX_BYTES),
		.detail = cleaned(cx->arena, record->detail, DETAIL_MAX),
		.request_id = cleaned(cx->arena, cx->request_id, NAME_MAX_BYTES),
		.ip = cleaned(cx->arena, cx->ip, NAME_MAX_BYTES),
		.user_agent = cleaned(cx->arena, cx->user_agent, AUDIT_AGENT_MAX),
		.at_ms = cx->now_ms,
	};
	enum err e;

	count(cx, record);
	if ((e = id_new(cx->now_ms, &row.id)))
		return e;
	return audit_log_insert(s, cx->arena, &row);
}

enum err
audit_write_change(struct store *s, void *arg)
{
	const struct audit_change *change = arg;

	return audit_write(s, change->cx, &change->record);
}
