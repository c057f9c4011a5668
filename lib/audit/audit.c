/* Writes audit rows. */
#include "lib/audit/audit.h"

#include "lib/crypto/random.h"
#include "lib/metrics/tally.h"
#include "lib/store/audit_log.h"

enum { NAME_MAX_BYTES = 128, DETAIL_MAX = 512, AGENT_MAX = 256 };

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

struct str
audit_actor_user(struct arena *arena, struct str username)
{
	return str_printf(arena, "user:%.*s", STR_ARG(username));
}

struct str
audit_actor_client(struct arena *arena, struct id client)
{
	return str_printf(arena, "client:%.*s", STR_ARG(id_text(arena, client)));
}

void
audit_key(struct str session_secret, struct secret *ret)
{
	struct secret from = {0};

	secret_set(&from, session_secret.p, session_secret.n);
	derive_key(&from, "authgate audit", ret);
	secret_free(&from);
}

static bool
is_clean(struct str s, size_t max)
{
	if (s.n > max)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return str_is_utf8(s);
}

/* At most max bytes, printable: what is not is shown as '?'. */
static struct str
cleaned(struct arena *arena, struct str s, size_t max)
{
	char *copy;

	if (is_clean(s, max))
		return s;
	s = str_first(s, max);
	copy = arena_copy(arena, s.p, s.n);
	for (size_t i = 0; i < s.n; i++)
		if (copy[i] < 0x20 || copy[i] > 0x7e)
			copy[i] = '?';
	return (struct str){copy, s.n};
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
		.request_id = cx->request_id,
		.ip = cx->ip,
		.user_agent = cleaned(cx->arena, cx->user_agent, AGENT_MAX),
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
