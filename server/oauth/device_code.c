/* POST /oauth/device/code (RFC 8628 section 3.1). */
#include "lib/base/json.h"
#include "lib/oauth/client.h"
#include "lib/oauth/device.h"
#include "server/gate/client.h"
#include "server/handlers.h"
#include "server/keep/room.h"
#include "server/keep/trail.h"
#include "server/reply.h"
#include "server/server.h"

enum { DEVICE_REPLY_MAX = 8 * 1024 };

static const char grant_type[] = "urn:ietf:params:oauth:grant-type:device_code";

/* RFC 8628 section 3.2. */
static enum err
reply_request(struct exchange *x, const struct device_request *request)
{
	struct buf body;

	buf_init(&body, x->cx.arena, DEVICE_REPLY_MAX);
	json_open(&body, '{');
	json_member_str(&body, "device_code", request->device_code);
	json_member_str(&body, "user_code", request->user_code);
	json_member_str(&body, "verification_uri", request->verification_uri);
	if (request->verification_uri_complete.n)
		json_member_str(
			&body, "verification_uri_complete", request->verification_uri_complete);
	if (request->typed_back)
		json_member_str(&body, "device_confirmation", STR("typed"));
	json_member_i64(&body, "expires_in", request->expires_in_s);
	json_member_i64(&body, "interval", request->interval_s);
	json_close(&body, '}');
	return reply_json(x, 200, buf_str(&body));
}

enum err
http_device_code_post(struct exchange *x)
{
	struct device_wish wish = {
		.form = &x->form, .open = room_used(x->server, ROOM_DEVICE_CODES)};
	struct device_request request;
	struct client client;
	enum err e;

	tally_either(x->cx.tally, METRIC_DEVICE_CODES, LABEL_RESULT_SUCCESS, LABEL_RESULT_ERROR);
	if ((e = client_named(x, &client)))
		return e;
	if (!client_may_use(&client, grant_type))
		return ERR_UNAUTHORIZED_CLIENT;
	if ((e = device_begin(&x->cx, &client, &wish, &request)))
		return e;
	if ((e = reply_request(x, &request)))
		return e;
	if ((e = room_take(x->server, ROOM_DEVICE_CODES)))
		return e;
	request.beginning->unrecorded = !trail_pays(x, &request.beginning->record);
	return exchange_commit(x, request.change, request.beginning);
}
