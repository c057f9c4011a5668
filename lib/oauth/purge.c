/* What has expired, and how long it is kept. */
#include "lib/oauth/purge.h"

#include "lib/audit/sign.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/store/auth_code.h"
#include "lib/store/authorize_request.h"
#include "lib/store/device_code.h"
#include "lib/store/invitation.h"
#include "lib/store/registration.h"
#include "lib/store/session.h"
#include "lib/store/signing_key.h"
#include "lib/store/token.h"

enum { HOUR_MS = 3600 * MS_PER_S };

enum err
purge_sessions(struct store *s, void *arg)
{
	struct purge *p = arg;

	HOLDS(p->rows > 0);
	return session_purge(s, p->now_ms, p->rows, &p->deleted);
}

enum err
purge_invitations(struct store *s, void *arg)
{
	struct purge *p = arg;

	HOLDS(p->rows > 0);
	return invitation_purge(s, p->now_ms, p->rows, &p->deleted);
}

enum err
purge_authorize_requests(struct store *s, void *arg)
{
	struct purge *p = arg;

	HOLDS(p->rows > 0);
	return authorize_request_purge(s, p->now_ms, p->rows, &p->deleted);
}

enum err
purge_device_codes(struct store *s, void *arg)
{
	struct purge *p = arg;

	HOLDS(p->rows > 0);
	return device_code_purge(s, p->now_ms - HOUR_MS, p->rows, &p->deleted);
}

enum err
purge_auth_codes(struct store *s, void *arg)
{
	struct purge *p = arg;

	HOLDS(p->rows > 0);
	return auth_code_purge(s, p->now_ms - HOUR_MS, p->rows, &p->deleted);
}

enum err
purge_access_tokens(struct store *s, void *arg)
{
	struct purge *p = arg;

	HOLDS(p->rows > 0);
	return access_token_purge(s, p->now_ms, p->rows, &p->deleted);
}

enum err
purge_refresh_tokens(struct store *s, void *arg)
{
	struct purge *p = arg;

	HOLDS(p->rows > 0);
	return refresh_token_purge(s, p->now_ms, p->rows, &p->deleted);
}

enum err
purge_families(struct store *s, void *arg)
{
	struct purge *p = arg;
	enum err e = family_purge(s, &p->walk, p->now_ms - HOUR_MS, p->rows, &p->deleted);

	HOLDS(p->rows > 0);
	p->more = !id_is_zero(p->walk);
	return e;
}

enum err
purge_registrations(struct store *s, void *arg)
{
	struct purge *p = arg;
	int64_t ttl_ms = p->config->registration_unused_ttl_s * MS_PER_S;

	HOLDS(p->rows > 0);
	return registration_purge(s, p->now_ms - ttl_ms, p->rows, &p->deleted);
}

enum err
purge_audit_log(struct store *s, void *arg)
{
	struct purge *p = arg;
	int64_t retention_ms = p->config->audit_retention_s * MS_PER_S;

	HOLDS(p->rows > 0);
	struct arena arena = {0};
	struct audit_retention r = {p->now_ms - retention_ms, p->rows, &arena, NULL, 0};
	struct audit_ring ring = {.count = 0};
	enum err e = audit_ring_open(
		s, &arena, p->config->session_secret, p->config->session_secret_previous, &ring);

	r.ring = &ring;
	if (!e)
		e = audit_retain(s, &r);
	p->deleted = r.deleted;
	audit_ring_close(&ring);
	arena_free(&arena);
	return e;
}

enum err
purge_signing_keys(struct store *s, void *arg)
{
	struct purge *p = arg;

	HOLDS(p->now_ms > 0);
	p->deleted = 0;
	return signing_key_purge(s, p->now_ms);
}

enum err
trim_waiting(struct store *s, void *arg)
{
	struct purge *p = arg;

	HOLDS(p->rows > 0);
	return authorize_request_trim(s, p->rows, &p->deleted);
}

enum err
trim_device_codes(struct store *s, void *arg)
{
	struct purge *p = arg;

	HOLDS(p->now_ms > 0);
	return device_code_trim(s, p->now_ms, p->rows, &p->deleted);
}
