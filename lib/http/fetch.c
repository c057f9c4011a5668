/* Every request goes through a multi handle, because only that can wait for another
 * descriptor (cancellation, keys) while it waits for the network. */
#include "lib/http/fetch.h"

#include "lib/http/transfer.h"

#include <assert.h>
#include <stdlib.h>

enum { POLL_MS = 1000 };

struct fetch_set {
	const struct libcurl *curl;
	CURLM *multi;
};

struct fetch_call {
	struct transfer transfer;
	CURLM *multi;
	bool is_over;
	CURLcode code; /* once it is over */
};

enum err
fetch_set_new(struct fetch_set **ret, struct diag *diag)
{
	const struct libcurl *curl = libcurl_get(diag);
	struct fetch_set *set;
	CURLM *multi;

	if (!curl)
		return ERR_NETWORK;
	if (!(multi = curl->multi_init()))
		return diag_set(diag, ERR_INTERNAL, "the HTTP library did not start");
	set = xcalloc(1, sizeof *set);
	*set = (struct fetch_set){curl, multi};
	*ret = set;
	return OK;
}

void
fetch_set_free(struct fetch_set *set)
{
	if (set)
		(void)set->curl->multi_cleanup(set->multi);
	free(set);
}

enum err
fetch_begin(struct fetch_set *set, struct arena *arena, const struct fetch_request *r,
	struct fetch_call **ret, struct diag *diag)
{
	struct fetch_call *call = arena_new(arena, struct fetch_call);
	enum err e;

	*call = (struct fetch_call){.multi = set->multi};
	if (!(e = transfer_init(&call->transfer, set->curl, arena, r, diag))) {
		(void)set->curl->easy_setopt(call->transfer.easy, CURLOPT_PRIVATE, call);
		if (!set->curl->multi_add_handle(set->multi, call->transfer.easy)) {
			*ret = call;
			return OK;
		}
		e = diag_set(diag, ERR_INTERNAL, "the HTTP library did not start");
	}
	transfer_free(&call->transfer);
	return e;
}

/* Notes which of them have ended; whether any has. */
static bool
settle(struct fetch_set *set)
{
	CURLMsg *message;
	bool any = false;
	int left;

	while ((message = set->curl->multi_info_read(set->multi, &left))) {
		struct fetch_call *call = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		set->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
		call->is_over = any = true;
		call->code = message->data.result;
	}
	return any;
}

enum err
fetch_wait(struct fetch_set *set, int fd, int timeout_ms, bool *ret_readable)
{
	struct curl_waitfd wait = {.fd = fd, .events = CURL_WAIT_POLLIN};
	int running;

	*ret_readable = false;
	if (set->curl->multi_perform(set->multi, &running))
		return ERR_INTERNAL;
	if (settle(set))
		return OK;
	if (set->curl->multi_poll(set->multi, &wait, fd >= 0 ? 1 : 0, timeout_ms, NULL))
		return ERR_INTERNAL;
	*ret_readable = fd >= 0 && wait.revents;
	if (set->curl->multi_perform(set->multi, &running))
		return ERR_INTERNAL;
	(void)settle(set);
	return OK;
}

bool
fetch_is_over(const struct fetch_call *call)
{
	return call->is_over;
}

enum err
fetch_result(struct fetch_call *call, struct fetch_reply *ret, struct diag *diag)
{
	enum err e;

	assert(call->is_over);
	e = transfer_outcome(&call->transfer, call->code, ret, diag);
	fetch_end(call);
	return e;
}

void
fetch_end(struct fetch_call *call)
{
	if (!call || !call->transfer.easy)
		return;
	(void)call->transfer.curl->multi_remove_handle(call->multi, call->transfer.easy);
	transfer_free(&call->transfer);
}

static enum err
wait_until_over(struct fetch_set *set, struct fetch_call *call, int cancel_fd)
{
	int fd = cancel_fd > FETCH_NO_CANCEL ? cancel_fd : -1;
	bool cancelled = false;

	while (!call->is_over) {
		enum err e;

		if ((e = fetch_wait(set, fd, POLL_MS, &cancelled)))
			return e;
		if (cancelled && !call->is_over)
			return ERR_CANCELLED;
	}
	return OK;
}

enum err
fetch(struct arena *arena, const struct fetch_request *r, struct fetch_reply *ret,
	struct diag *diag)
{
	struct fetch_set *set;
	struct fetch_call *call = NULL;
	enum err e;

	if ((e = fetch_set_new(&set, diag)))
		return e;
	if (!(e = fetch_begin(set, arena, r, &call, diag))) {
		if ((e = wait_until_over(set, call, r->cancel_fd)))
			(void)diag_set(
				diag, e, "%.*s: %s", STR_ARG(call->transfer.host), err_sentence(e));
		else
			e = fetch_result(call, ret, diag);
	}
	fetch_end(call);
	fetch_set_free(set);
	return e;
}
