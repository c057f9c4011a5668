/* Sends, waits, sends again. */
#include "clients/ask.h"

#include "clients/bootclock.h"
#include "lib/base/clock.h"

#include <poll.h>

enum { TOO_MANY = 429, UNAVAILABLE = 503, LONGEST_PAUSE_S = 8 };

static bool
is_worth_repeating(const struct asking *a, const struct fetch_reply *reply)
{
	if (reply->status == TOO_MANY)
		return true;
	return reply->status == UNAVAILABLE && reply->retry_after_s && !a->works_once;
}

static enum err
pause_for(const struct asking *a, int64_t pause_s, struct diag *diag)
{
	struct pollfd cancel = {
		.fd = a->request.cancel_fd ? a->request.cancel_fd : -1, .events = POLLIN};
	int64_t until_ms = client_bootclock_ms() + pause_s * MS_PER_S, left_ms;

	while ((left_ms = until_ms - client_bootclock_ms()) > 0)
		if (poll(&cancel, 1, (int)left_ms) > 0)
			return diag_set(diag, ERR_CANCELLED, "cancelled");
	return OK;
}

enum err
client_ask(struct arena *arena, const struct asking *a, struct fetch_reply *ret, struct diag *diag)
{
	int64_t until_ms = client_bootclock_ms() + a->patience_s * MS_PER_S;
	int64_t pause_s = 1, wait_s;
	struct fetch_reply reply;
	enum err e;

	for (;;) {
		if ((e = fetch(arena, &a->request, &reply, diag)))
			return e;
		wait_s = reply.retry_after_s ? reply.retry_after_s : pause_s;
		if (!is_worth_repeating(a, &reply) ||
			client_bootclock_ms() + wait_s * MS_PER_S > until_ms)
			break;
		if ((e = pause_for(a, wait_s, diag)))
			return e;
		pause_s = pause_s < LONGEST_PAUSE_S ? 2 * pause_s : pause_s;
	}
	*ret = reply;
	return OK;
}
