/*
 * Deleting what nobody needs any more, a batch at a time.
 *
 * Every function is a whole change that works on a struct purge: it deletes at
 * most `rows` and says how many they were.
 */
#ifndef LIB_OAUTH_PURGE_H
#define LIB_OAUTH_PURGE_H

#include "lib/config/config.h"
#include "lib/store/store.h"

struct purge {
	const struct config *config;
	int64_t now_ms;
	int64_t rows;
	int64_t deleted;
	bool more;      /* a batch that was not full need not be the last */
	struct id walk; /* where a purge that walks its table has come to */
};

enum err purge_sessions(struct store *, void *purge);
enum err purge_invitations(struct store *, void *purge);
enum err purge_authorize_requests(struct store *, void *purge);
/* Kept for an hour, so that a late poll is told "expired" and not "unknown", and a replay is
 * told from nonsense. */
enum err purge_device_codes(struct store *, void *purge);
enum err purge_auth_codes(struct store *, void *purge);
enum err purge_access_tokens(struct store *, void *purge);
enum err purge_refresh_tokens(struct store *, void *purge);
enum err purge_families(struct store *, void *purge);
/* Clients that registered themselves and that nobody has used. */
enum err purge_registrations(struct store *, void *purge);
/* What retention allows, and what is genuine: lib/audit/sign.h. */
enum err purge_audit_log(struct store *, void *purge);
enum err purge_signing_keys(struct store *, void *purge);

/* What strangers caused and nobody may need: server/keep/room.h. */
enum err trim_waiting(struct store *, void *purge);
enum err trim_device_codes(struct store *, void *purge);

#endif
